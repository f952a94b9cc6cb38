import Glibc
import Measuring

/// Photos end to end: `wharf put --photos` to a server that stores them, derives their renditions and creates memories.
struct EndToEnd: Sendable {
    let options: Options
    let directory: String
    let count: Int
    let workers: Int

    func leg() -> Leg {
        let runs = Counter()
        return Leg("end to end") {
            let run = runs.take(below: .max) ?? 0
            let port = 17_000 + run
            let server = try Command.start(
                options.wharf,
                [
                    "serve", "--listen", "127.0.0.1:\(port)", "--data", "\(directory)/store-\(run)", "--log-level",
                    "warning", "--set", "imaging=\(try absolute(options.worker))", "--set",
                    "imaging-workers=\(workers)", "--set", "imaging-niceness=0",
                ])
            do {
                try awaitListening(on: port)
                let watch = Stopwatch()
                let client = try Command.run(
                    options.wharf,
                    [
                        "put", "--photos", "\(directory)/photos", "--json", "--server", "http://127.0.0.1:\(port)",
                        "--state-dir", "\(directory)/state-\(run)",
                    ])
                let seconds = watch.seconds
                let cpu = try Command.end(server).cpuSeconds + client.cpuSeconds
                return Cost(seconds: seconds, cpuSeconds: cpu, count: Double(count))
            } catch {
                kill(server, SIGKILL)
                throw error
            }
        }
    }

    private func absolute(_ path: String) throws(BenchError) -> String {
        guard let resolved = realpath(path, nil) else { throw BenchError("there is no \(path)") }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func awaitListening(on port: Int) throws(BenchError) {
        for _ in 0..<1000 {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(descriptor) }
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
            let result = withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            if result == 0 { return }
            usleep(10_000)
        }
        throw BenchError("the server does not listen")
    }
}
