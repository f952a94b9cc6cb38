public import struct Crypto.SHA256
import DeliberateFaults
import Synchronization

/// The SHA-256 of a prefix of an upload. It covers only durable bytes without a gap before them, so that no failed,
/// repeated or late piece can corrupt it.
struct PrefixHash: Sendable {
    private(set) var hasher = SHA256()
    /// The length of the prefix in bytes.
    private(set) var position: UInt64 = 0
    /// The checksum of the bytes between the start of the block and `position`; nil if it is unknown.
    private(set) var block: Checksum?

    /// A copy that hashes a piece while it is written; nil unless the piece starts at the end of the prefix.
    func fork(at offset: UInt64) -> SHA256? {
        offset == position || DeliberateFault.hashInArrivalOrder.isOn ? hasher : nil
    }

    /// Adopts a fork once its bytes, `start..<end`, are durable. Ignores a fork that does not start at the current end
    /// of the prefix.
    mutating func adopt(_ fork: SHA256, from start: UInt64, through end: UInt64, block: Checksum? = nil) {
        guard start == position || DeliberateFault.hashInArrivalOrder.isOn else { return }
        hasher = fork
        position = end
        self.block = block
    }
}

/// A value that a thread of a pool updates while its owner waits.
final class Running<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) {
        self.value = Mutex(value)
    }

    func update(_ change: (inout Value) -> Void) {
        value.withLock { change(&$0) }
    }

    var current: Value {
        value.withLock { $0 }
    }
}

/// A hasher that a thread of a pool updates while its owner waits.
public final class RunningHash: Sendable {
    private let hasher: Running<SHA256>

    public init(_ hasher: SHA256 = SHA256()) {
        self.hasher = Running(hasher)
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.update { $0.update(bufferPointer: bytes) }
    }

    var current: SHA256 { hasher.current }

    /// The digest of the bytes so far.
    public var digest: Digest {
        Digest(current.finalize())
    }
}
