import CSandbox
import Glibc
import ImagingWire

/// A fault for tests: with `--inject-faults`, a file that begins with `wharf-fault: ` and one of these names triggers
/// that fault. The server never passes the flag.
enum InjectedFault: String, CaseIterable {
    case crash
    case spin
    case hang
    case memory
    /// Tries a forbidden operation; the exit status is 41 if it was refused.
    case open
    case socket
    case execute
    case fork
    /// Writes a malformed reply.
    case garbage
    /// Writes an endless reply.
    case flood

    static let prefix = "wharf-fault: "

    init?(of descriptor: Int32) {
        var head = [UInt8](repeating: 0, count: 64)
        let count = pread(descriptor, &head, head.count, 0)
        let text = String(decoding: head.prefix(max(0, count)), as: UTF8.self)
        guard text.hasPrefix(Self.prefix) else { return nil }
        let name = text.dropFirst(Self.prefix.count).prefix { $0.isLetter }
        self.init(rawValue: String(name))
    }

    func perform(reply: Int32) -> Never {
        switch self {
        case .crash: abort()
        case .spin:
            var count: UInt64 = 0
            while true { count &+= 1 }
        case .hang: hang(on: reply)
        case .memory: takeMemory()
        case .open: _exit(Glibc.open("/etc/hostname", O_RDONLY) < 0 && errno == EACCES ? 41 : 42)
        case .socket: _exit(Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) < 0 ? 41 : 42)
        case .execute:
            execve("/bin/true", [nil], [nil])
            _exit(41)
        case .fork: _exit(wharf_fork() < 0 ? 41 : 42)
        case .garbage:
            write(reply, String(repeating: "garbage", count: 100))
            _exit(0)
        case .flood:
            let block = String(repeating: "flood", count: 10_000)
            while true { write(reply, block) }
        }
    }

    /// Reads from the reply stream, which never delivers a byte.
    private func hang(on reply: Int32) -> Never {
        var byte: UInt8 = 0
        while true { _ = read(reply, &byte, 1) }
    }

    private func takeMemory() -> Never {
        let block = 16 << 20
        while let memory = malloc(block) { memset(memory, 1, block) }
        abort()
    }

    private func write(_ reply: Int32, _ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(reply, $0.baseAddress, $0.count) }
    }
}
