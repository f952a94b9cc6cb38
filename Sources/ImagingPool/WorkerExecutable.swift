import Glibc

/// Finds and starts `wharf-imaging`, and `wharf-imaging-video`.
public enum WorkerExecutable {
    public static let name = "wharf-imaging"
    /// That for posters of videos, which is optional.
    public static let videoName = "wharf-imaging-video"

    /// Looks beside the running executable, then along `path`. Blocks.
    ///
    /// - Parameters:
    ///   - name: `name` or `videoName`.
    ///   - path: Directories in the form of `PATH`; relative ones are skipped.
    /// - Returns: nil if no executable is found.
    public static func find(_ name: String = name, path: String?) -> String? {
        let directories = [directoryOfThisProgram() ?? ""] + (path ?? "").split(separator: ":").map(String.init)
        return directories.filter { $0.hasPrefix("/") }
            .map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    private static func directoryOfThisProgram() -> String? {
        var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        guard count > 0, let slash = buffer[..<count].lastIndex(of: UInt8(ascii: "/")) else { return nil }
        return String(decoding: buffer[..<slash], as: UTF8.self)
    }
}

/// Starts a worker with a socket as its descriptor 3 and, until the handshake, as its standard error. It inherits
/// neither the environment, which may contain secrets, nor the signal mask.
func spawnWorker(_ executable: String, _ arguments: [String], control: Int32) throws(WorkerStartError) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, control, STDERR_FILENO)
    posix_spawn_file_actions_adddup2(&actions, control, 3)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // A crash must end the worker at once, without a backtrace.
    let environment = ["SWIFT_BACKTRACE=enable=no"]
    var argv = ([executable] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
    guard status == 0 else { throw WorkerStartError("\(executable) cannot be started (errno \(status))") }
    return pid
}
