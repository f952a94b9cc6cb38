import CSandbox
import Glibc
import ImagingWire

/// A fault for tests: with `--inject-faults`, a file that begins with `wharf-fault: ` and one of these names triggers
/// that fault. The server never passes the flag.
struct InjectedFault {
    private enum Kind: String {
        case crash
        case spin
        /// The same, without ending at the soft limit.
        case stubborn
        case hang
        case memory
        /// Makes a system call.
        case call
        /// Writes a malformed reply.
        case garbage
        /// Writes an endless reply.
        case flood
    }

    private let kind: Kind
    /// The words after the name.
    private let arguments: [Substring]

    static let prefix = "wharf-fault: "

    init?(of descriptor: Int32) {
        var head = [UInt8](repeating: 0, count: 256)
        let count = pread(descriptor, &head, head.count, 0)
        let text = String(decoding: head.prefix(max(0, count)), as: UTF8.self)
        guard text.hasPrefix(Self.prefix) else { return nil }
        let words = text.prefix { $0 != "\n" }.dropFirst(Self.prefix.count).split(separator: " ")
        guard let kind = words.first.flatMap({ Kind(rawValue: String($0)) }) else { return nil }
        self.kind = kind
        arguments = Array(words.dropFirst())
    }

    /// - Parameter worker: The process id of the worker.
    func perform(reply: Int32, worker: pid_t) -> Never {
        switch kind {
        case .crash: abort()
        case .spin:
            var count: UInt64 = 0
            while true { count &+= 1 }
        case .stubborn:
            // An attacker need not end at the soft limit.
            signal(SIGXCPU, SIG_IGN)
            var count: UInt64 = 0
            while true { count &+= 1 }
        case .hang: hang(on: reply)
        case .memory: takeMemory()
        case .call: call(worker)
        case .garbage:
            write(reply, String(repeating: "garbage", count: 100))
            _exit(0)
        case .flood:
            let block = String(repeating: "flood", count: 10_000)
            while true { write(reply, block) }
        }
    }

    /// Makes a system call: its number and up to six arguments, each a number, `path` (of a file that exists), `empty`
    /// (an empty path), `buffer` (zeroes), `parent` or `self` (process ids). Exits with the errno, or with 200.
    private func call(_ worker: pid_t) -> Never {
        let values = arguments.map { word in
            switch word {
            case "path": Int(bitPattern: strdup("/etc/passwd"))
            case "empty": Int(bitPattern: strdup(""))
            case "buffer": Int(bitPattern: calloc(1, 1 << 16))
            case "parent": Int(worker)
            case "self": Int(getpid())
            default: Int(word) ?? 0
            }
        }
        let padded = Array(values.dropFirst()) + [0, 0, 0, 0, 0, 0]
        let result = wharf_system_call(values.first ?? -1, padded)
        _exit(result < 0 ? Int32(-result) : 200)
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
