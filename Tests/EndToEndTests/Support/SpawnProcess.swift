import DurableFiles
import Glibc

/// Starts an executable with the given descriptors as 0, 1 and 2 and no others, and with default signal handling.
func spawnProcess(
    _ path: String, _ arguments: [String], _ environment: [String: String], descriptors: [Int32]
) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (target, source) in descriptors.enumerated() {
        posix_spawn_file_actions_adddup2(&actions, source, Int32(target))
    }
    // The sockets of SwiftNIO are not closed at exec: clients of this process would stay connected through its children.
    // Closing what is not open is no error below the limit.
    for descriptor in descriptors.count..<min(4096, sysconf(Int32(_SC_OPEN_MAX))) {
        posix_spawn_file_actions_addclose(&actions, Int32(descriptor))
    }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    let words = [path] + arguments
    let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    var argv = words.map { strdup($0) } + [nil]
    var envp = variables.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let status = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
    guard status == 0 else { throw FileError(.io, errno: status, call: "posix_spawn", path: path) }
    return pid
}

/// The descriptors of connections between processes.
enum Descriptors {
    typealias Ends = (ours: Int32, theirs: Int32)

    /// Sockets, not pipes: writing without a reader is an error instead of a signal, and close-on-exec is set at
    /// creation, so that no other process keeps the connection open.
    static func socketPair() throws -> Ends {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw FileError(.io, errno: errno, call: "socketpair", path: "")
        }
        return (ends[0], ends[1])
    }

    /// Reads to the end and closes. Blocks.
    static func drain(_ descriptor: Int32, _ take: ([UInt8]) -> Void, onEnd: () -> Void) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            take(Array(buffer[..<count]))
        }
        close(descriptor)
        onEnd()
    }

    /// Writes the bytes, or as many as the reader accepts, and closes. Blocks.
    static func feed(_ descriptor: Int32, _ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        close(descriptor)
    }
}
