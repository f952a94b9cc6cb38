package import Glibc

/// A process's resident memory in bytes, as Linux counts it.
package struct ProcessMemory: Sendable {
    private let process: String

    package static let own = ProcessMemory(process: "self")

    package init(of process: pid_t) {
        self.init(process: "\(process)")
    }

    private init(process: String) {
        self.process = process
    }

    package func now() throws(BenchError) -> Int { try value(of: "VmRSS:") }

    package func peak() throws(BenchError) -> Int { try value(of: "VmHWM:") }

    /// Resets the peak to the current resident memory.
    package func forgetPeak() throws(BenchError) {
        guard let file = fopen("/proc/\(process)/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }

    private func value(of field: String) throws(BenchError) -> Int {
        for line in try readText("/proc/\(process)/status").split(separator: "\n") where line.hasPrefix(field) {
            let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
            if let number { return number << 10 }
        }
        throw BenchError("the system does not tell \(field)")
    }
}
