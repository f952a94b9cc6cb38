import Glibc

/// The date and the machine of a run.
package struct Machine {
    package let date: String
    package let description: String

    /// - Parameter path: A path on the measured disk.
    package init(measuring path: String) throws(BenchError) {
        date = Self.now
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let model = Self.value(of: "model name", in: "/proc/cpuinfo") ?? "unknown processor"
        let memory = Self.value(of: "MemTotal", in: "/proc/meminfo")?.split(separator: " ").first.flatMap { Double($0) }
        let kernel = (try? readText("/proc/sys/kernel/osrelease"))?.split(separator: "\n").first.map(String.init) ?? "?"
        description =
            "\(cores) cores (\(model)), \(decimals((memory ?? .nan) / 1_048_576, 0)) GiB of memory, Linux \(kernel), "
            + "\(Self.fileSystem(of: path)); load at the start: \(Self.load)."
    }

    /// The load averages of the last 1 and 5 minutes; above the number of cores, other work was running too.
    package static var load: String {
        let averages = ((try? readText("/proc/loadavg")) ?? "").split(separator: " ")
        return averages.prefix(2).joined(separator: ", ")
    }

    private static var now: String {
        var (seconds, parts) = (Glibc.time(nil), tm())
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(two(parts.tm_hour)):"
            + "\(two(parts.tm_min)) UTC"
    }

    private static func value(of field: String, in path: String) -> String? {
        guard let text = try? readText(path) else { return nil }
        let line = text.split(separator: "\n").first { $0.hasPrefix(field) }
        return line?.split(separator: ":", maxSplits: 1).last.map { String($0.drop { $0 == " " }) }
    }

    /// The file system type and mount options of a path.
    private static func fileSystem(of path: String) -> String {
        var best: (point: Substring, text: String) = ("", "unknown file system")
        for line in ((try? readText("/proc/self/mounts")) ?? "").split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 3 else { continue }
            let point = fields[1]
            let holds = point == "/" || path == point || path.hasPrefix(point + "/")
            if holds, point.count >= best.point.count { best = (point, "\(fields[2]) (\(fields[3]))") }
        }
        return best.text
    }
}

/// The text of a small system file.
package func readText(_ path: String) throws(BenchError) -> String {
    guard let file = fopen(path, "r") else { throw BenchError("cannot read “\(path)”: errno \(errno)") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
        bytes += buffer[..<count]
    }
}
