import Glibc

/// This process's resident memory in bytes, as Linux counts it.
enum ProcessMemory {
    static func now() throws(BenchError) -> Int { try value(of: "VmRSS:") }

    static func peak() throws(BenchError) -> Int { try value(of: "VmHWM:") }

    /// Lets the peak begin anew at what is resident now.
    static func forgetPeak() throws(BenchError) {
        guard let file = fopen("/proc/self/clear_refs", "w") else { return }
        fputs("5", file)
        fclose(file)
    }

    private static func value(of field: String) throws(BenchError) -> Int {
        for line in try readText("/proc/self/status").split(separator: "\n") where line.hasPrefix(field) {
            let number = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) }
            if let number { return number << 10 }
        }
        throw BenchError("the system does not tell \(field)")
    }
}

/// A thousand writers hold a thousand descriptors, and the usual limit is 1024.
enum FileLimit {
    static func raise() throws(BenchError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            throw BenchError("cannot raise the limit of open files: errno \(errno)")
        }
    }
}

/// What a child process says when it has done its task.
struct MemoryPeak {
    /// With an open store that nobody uses.
    let idleBytes: Int
    let peakBytes: Int
    /// When the task was done.
    let restBytes: Int

    init(idleBytes: Int, peakBytes: Int, restBytes: Int) {
        self.idleBytes = idleBytes
        self.peakBytes = peakBytes
        self.restBytes = restBytes
    }

    init?(text: String) {
        let numbers = text.split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { Int($0) }
        guard numbers.count == 3 else { return nil }
        self.init(idleBytes: numbers[0], peakBytes: numbers[1], restBytes: numbers[2])
    }

    var text: String { "\(idleBytes) \(peakBytes) \(restBytes)" }
}
