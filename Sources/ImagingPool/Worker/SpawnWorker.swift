import Glibc

/// Starts a worker with a socket as its descriptor 3, and as its standard error, which it soon lets go of. It inherits nothing
/// else: not the environment, where secrets may be, and no signal mask.
///
/// - Throws: If it cannot be started.
func spawnWorker(_ executable: String, _ arguments: [String], control: Int32) throws(WorkerTrouble) -> pid_t {
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

    // A worker that crashes is to end at once, not to write a report about a picture.
    let environment = ["SWIFT_BACKTRACE=enable=no"]
    var argv = ([executable] + arguments).map { strdup($0) } + [nil]
    var envp = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, executable, &actions, &attributes, &argv, &envp)
    guard status == 0 else { throw WorkerTrouble("\(executable) cannot be started (errno \(status))") }
    return pid
}
