import Glibc

/// The least that a server can do with an upload: it receives the bytes, hashes them if it is told to, and writes them to
/// a file. No catalogue, no limits, no timeouts; of HTTP/1.1 only what the benchmark's client sends.
///
///     floor-server DIRECTORY PORT none|single process-crash|power-loss
///
/// `PUT /NAME/OFFSET` writes its body to a file at an offset, and at `power-loss` syncs the file before the answer;
/// `DELETE /NAME/…` removes the file; anything else is answered with 200. The hash is SHA-256, over the bytes of a
/// connection since offset 0 of a file.
@main
struct FloorServer {
    /// As many as the other servers have event loops.
    private static let workers = 2

    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let port = UInt16(arguments[2]), let hashing = Hashing(rawValue: arguments[3])
        else {
            exit(64)
        }
        let configuration = FloorConfiguration(
            directory: arguments[1], hashing: hashing, syncs: arguments[4] == "power-loss")
        let listener = listen(at: port)
        let workers = (0..<workers).map { _ in FloorWorker(configuration) }
        for worker in workers { worker.start() }
        var next = 0
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { stop("accept") }
            workers[next % workers.count].serve(connection)
            next += 1
        }
    }

    private static func listen(at port: UInt16) -> CInt {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        var (address, one) = (sockaddr_in(), CInt(1))
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<CInt>.size))
        let isBound = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isBound, Glibc.listen(descriptor, 1024) == 0 else { stop("listen") }
        return descriptor
    }
}

enum Hashing: String, Sendable {
    case none, single
}

struct FloorConfiguration: Sendable {
    let directory: String
    let hashing: Hashing
    /// Whether the file of a request is synced before its answer.
    let syncs: Bool
}

/// Ends the process: its figures would be wrong.
func stop(_ call: String) -> Never {
    perror("floor-server: \(call)")
    exit(1)
}
