package import Glibc

/// External programs.
package enum Command {
    /// Runs a program and waits for its end.
    ///
    /// - Returns: Its CPU time in seconds, and its peak resident memory in bytes.
    @discardableResult
    package static func run(_ name: String, _ arguments: [String]) throws(BenchError) -> (cpuSeconds: Double, peak: Int)
    {
        try waitForEnd(start(name, arguments), "\(name) \(arguments.joined(separator: " "))")
    }

    package static func start(_ name: String, _ arguments: [String]) throws(BenchError) -> pid_t {
        var words: [UnsafeMutablePointer<CChar>?] = ([name] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // Discards the standard output and shows the standard error.
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        var child = pid_t()
        let started = posix_spawnp(&child, name, &actions, nil, &words, environ)
        guard started == 0 else { throw BenchError("cannot start \(name): errno \(started)") }
        return child
    }

    /// Ends a server as an operator does. Its CPU time includes that of its child processes.
    package static func end(_ server: pid_t) throws(BenchError) -> (cpuSeconds: Double, peak: Int) {
        kill(server, SIGTERM)
        return try waitForEnd(server, "the server")
    }

    private static func waitForEnd(_ child: pid_t, _ name: String) throws(BenchError) -> (cpuSeconds: Double, peak: Int)
    {
        var (status, usage): (Int32, rusage) = (0, rusage())
        guard wait4(child, &status, 0, &usage) == child, status == 0 else {
            throw BenchError("\(name) ended with \(status)")
        }
        return (usage.cpuSeconds, usage.ru_maxrss << 10)
    }
}

extension rusage {
    package var cpuSeconds: Double {
        [ru_utime, ru_stime].reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
    }

    /// The usage of this process, or of its ended children and their descendants.
    package static func of(_ who: __rusage_who) -> rusage {
        var usage = rusage()
        getrusage(__rusage_who_t(who.rawValue), &usage)
        return usage
    }
}
