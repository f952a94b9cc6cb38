import Synchronization

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
    private let hasher: Running<SHA256Hasher>
    private let pairing: (any HashPairing)?

    /// The hash of no bytes.
    public convenience init() {
        self.init(SHA256Hasher())
    }

    /// - Parameter pairing: Hashes long buffers; only if `update` is called on threads that may block.
    package init(_ hasher: SHA256Hasher, pairing: (any HashPairing)? = nil) {
        self.hasher = Running(hasher)
        self.pairing = pairing
    }

    /// Shorter buffers are hashed sooner than another one is found.
    private static let pairedBytesMin = 16 << 10

    public func update(_ bytes: UnsafeRawBufferPointer) {
        if let pairing, bytes.count >= Self.pairedBytesMin {
            pairing.update(self, bytes)
        } else {
            updateAlone(bytes)
        }
    }

    package func updateAlone(_ bytes: UnsafeRawBufferPointer) {
        hasher.update { $0.update(bytes) }
    }

    /// Updates two different hashes at once, in this thread.
    package static func update(
        _ first: RunningHash, _ firstBytes: UnsafeRawBufferPointer, _ second: RunningHash,
        _ secondBytes: UnsafeRawBufferPointer
    ) {
        // Copies: nothing is locked while another lock is taken.
        var (one, other) = (first.current, second.current)
        SHA256Hasher.update(&one, firstBytes, &other, secondBytes)
        first.hasher.update { $0 = one }
        second.hasher.update { $0 = other }
    }

    var current: SHA256Hasher { hasher.current }

    /// The digest of the bytes so far.
    public var digest: Digest { current.finalize() }
}

/// Hashes buffers of different streams in pairs, on threads that may block: see `SHA256Hasher.update` of two hashers.
public protocol HashPairing: Sendable {
    /// Updates a hash with bytes, perhaps together with another thread's. Returns when it is updated; may block until then.
    func update(_ hash: RunningHash, _ bytes: UnsafeRawBufferPointer)
}
