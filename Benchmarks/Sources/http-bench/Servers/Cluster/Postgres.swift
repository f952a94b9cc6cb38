import Glibc
import Measuring

/// A PostgreSQL server of its own, as packaged by Debian, with the settings that it comes with: it syncs its commits.
struct Postgres: Sendable {
    private let directory: String
    private let port: UInt16
    private let programs: String

    /// - Parameter directory: The directory for all of its files, which it makes. The directories above it must let other
    ///   users through if this process runs as root: PostgreSQL does not, and becomes the user `postgres`.
    init(in directory: String) throws(BenchError) {
        self.directory = directory
        port = try Loopback.freePort()
        programs = try Self.installed()
        guard mkdir(directory, 0o700) == 0 else { throw BenchError("cannot make “\(directory)”: errno \(errno)") }
        if getuid() == 0 {
            guard let user = getpwnam("postgres"), chown(directory, user.pointee.pw_uid, user.pointee.pw_gid) == 0
            else {
                throw BenchError("there is no user “postgres”, as which PostgreSQL runs")
            }
        }
        try run(
            "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-instructions", "--no-locale", "-E", "UTF8")
        let options =
            "-c listen_addresses=127.0.0.1 -c port=\(port) -c unix_socket_directories=\(directory) "
            + "-c max_connections=200"
        try run("pg_ctl", "-D", data, "-w", "-s", "-l", directory + "/log", "-o", options, "start")
    }

    func stop() {
        try? run("pg_ctl", "-D", data, "-m", "immediate", "-w", "-s", "stop")
    }

    private var data: String { directory + "/data" }

    func uri(_ database: String = "postgres") -> String { "postgres://postgres@127.0.0.1:\(port)/\(database)" }

    /// Runs statements, each in a transaction of its own unless they say otherwise.
    func execute(_ statements: String, in database: String = "postgres") throws(BenchError) {
        let path = directory + ".sql"
        try writeText(statements, to: path)
        defer { unlink(path) }
        try Command.run(
            programs + "/psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", uri(database), "-f", path])
    }

    /// The CPU time of its processes so far, ended ones included.
    var cpuSeconds: Double {
        guard let lines = try? readText(data + "/postmaster.pid").split(separator: "\n"), let first = lines.first,
            let leader = pid_t(first), let line = try? readText("/proc/\(leader)/stat")
        else { return .nan }
        // After the name of the program, which may contain spaces: its own user and system time and that of ended children
        // are the 12th to 15th field.
        let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
        let ticks = fields.dropFirst(12).prefix(4).compactMap { Double($0) }.reduce(0, +)
        let running = ServerProcess.children(of: leader).map { ServerProcess.cpuSeconds(of: [$0]) }
        return ticks / Double(sysconf(Int32(_SC_CLK_TCK))) + running.filter(\.isFinite).reduce(0, +)
    }

    private func run(_ program: String, _ arguments: String...) throws(BenchError) {
        let path = programs + "/" + program
        if getuid() == 0 {
            try Command.run("runuser", ["-u", "postgres", "--", path] + arguments)
        } else {
            try Command.run(path, arguments)
        }
    }

    /// The newest one.
    private static func installed() throws(BenchError) -> String {
        let candidates = (10..<40).reversed().map { "/usr/lib/postgresql/\($0)/bin" }
        guard let found = candidates.first(where: { access($0 + "/initdb", X_OK) == 0 }) else {
            throw BenchError("PostgreSQL is not installed: run scripts/dependencies")
        }
        return found
    }
}
