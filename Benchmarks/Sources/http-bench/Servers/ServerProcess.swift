import Glibc
import Measuring

/// A server that runs as a child process, and its resource use.
final class ServerProcess: Sendable {
    let port: UInt16
    let leader: pid_t
    /// The child and the processes that it started.
    private let processes: [pid_t]

    /// Starts a program and waits until it answers a request.
    ///
    /// - Parameters:
    ///   - childCount: The number of processes that it must have started by then.
    ///   - health: The path of the request, a `GET`.
    ///   - log: The file that gets what it prints; nil for where this process prints.
    init(
        _ path: String, _ arguments: [String], port: UInt16, childCount: Int = 0, health: String = "/healthz",
        log: String? = nil
    ) throws(BenchError) {
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // The threads of this process block signals, and a server must get that of its end.
        var (attributes, none) = (posix_spawnattr_t(), sigset_t())
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let log {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        }
        var child = pid_t()
        let status = posix_spawnp(&child, path, &actions, &attributes, &words, environ)
        guard status == 0 else { throw BenchError("cannot start \(path): errno \(status)") }
        self.port = port
        leader = child
        do throws(BenchError) {
            try Self.awaitAnswer(from: port, of: child, childCount: childCount, health)
        } catch {
            kill(child, SIGKILL)
            waitpid(child, nil, 0)
            throw error
        }
        processes = [child] + Self.children(of: child)
    }

    /// The path of a program in the same directory as this one.
    static func neighbour(_ name: String) throws(BenchError) -> String {
        guard let path = realpath("/proc/self/exe", nil) else { throw BenchError("this program has no path") }
        defer { free(path) }
        return String(cString: path).split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
    }

    func stop(by signal: Int32 = SIGTERM) {
        kill(leader, signal)
        waitpid(leader, nil, 0)
    }

    private static func awaitAnswer(
        from port: UInt16, of child: pid_t, childCount: Int, _ health: String
    ) throws(BenchError) {
        let watch = Stopwatch()
        // A server that is installed first may take minutes.
        while watch.seconds < 300 {
            guard waitpid(child, nil, WNOHANG) == 0 else { throw BenchError("the server ended at once") }
            do throws(BenchError) {
                try Wire(port: port).call("GET", health)
                if children(of: child).count >= childCount { return }
            } catch {
                usleep(10_000)
                continue
            }
            usleep(10_000)
        }
        throw BenchError("the server does not answer")
    }

    static func children(of parent: pid_t) -> [pid_t] {
        guard let stream = opendir("/proc") else { return [] }
        defer { closedir(stream) }
        var found: [pid_t] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let process = pid_t(name), let status = try? readText("/proc/\(process)/status") else { continue }
            if status.split(separator: "\n").contains("PPid:\t\(parent)") { found.append(process) }
        }
        return found
    }

    // MARK: - Resource use

    /// User and system time of all threads, ended ones included.
    var cpuSeconds: Double { Self.cpuSeconds(of: processes) }

    static func cpuSeconds(of processes: [pid_t]) -> Double {
        processes.reduce(0) { sum, process in
            var (clock, time) = (clockid_t(), timespec())
            guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return .nan }
            return sum + Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
    }

    /// Measures the server during some work.
    ///
    /// - Parameter work: Returns the count of the work.
    func cost(_ work: () throws -> Double) rethrows -> Cost {
        let (watch, cpu) = (Stopwatch(), cpuSeconds)
        let count = try work()
        return Cost(seconds: watch.seconds, cpuSeconds: cpuSeconds - cpu, count: count)
    }

    /// Waits until the server is idle, a minute at most.
    func settle() {
        let watch = Stopwatch()
        var (before, quiet) = (cpuSeconds, 0)
        while quiet < 5, watch.seconds < 60 {
            usleep(100_000)
            let now = cpuSeconds
            quiet = now - before < 0.002 ? quiet + 1 : 0
            before = now
        }
    }

    /// The sum of a memory figure over all processes.
    func memory(_ value: (ProcessMemory) throws(BenchError) -> Int) throws(BenchError) -> Int {
        var sum = 0
        for process in processes { sum += try value(ProcessMemory(of: process)) }
        return sum
    }
}
