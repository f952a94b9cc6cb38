public import struct Crypto.SHA256
import DeliberateFaults
import Synchronization

/// The SHA-256 of a prefix of an upload. It only ever covers bytes that are durable and without a gap before them, so
/// no failed, repeated or late piece can poison it.
struct PrefixHash: Sendable {
    private(set) var hasher = SHA256()
    /// How many bytes from the start it covers.
    private(set) var position: UInt64 = 0

    /// A copy to run ahead while a piece that starts where this ends is being written; nil if it starts elsewhere.
    func fork(at offset: UInt64) -> SHA256? {
        offset == position || DeliberateFault.hashInArrivalOrder.isOn ? hasher : nil
    }

    /// Takes a fork back once its bytes, from `start` to `end`, are durable. One that started elsewhere than this has
    /// come to in the meantime is of no use.
    mutating func adopt(_ fork: SHA256, from start: UInt64, through end: UInt64) {
        guard start == position || DeliberateFault.hashInArrivalOrder.isOn else { return }
        hasher = fork
        position = end
    }
}

/// A hasher that a pool's thread feeds while its owner waits.
public final class RunningHash: Sendable {
    private let hasher: Mutex<SHA256>

    public init(_ hasher: SHA256 = SHA256()) {
        self.hasher = Mutex(hasher)
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        hasher.withLock { $0.update(bufferPointer: bytes) }
    }

    var current: SHA256 {
        hasher.withLock { $0 }
    }

    /// The digest of the bytes so far.
    public var digest: Digest {
        Digest(current.finalize())
    }
}
