/// Whose session it is, as bytes that mean something only to the service above: sessions of equal owners are
/// counted together.
public struct SessionOwner: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// The client's own name for a request, by which a repetition of it is known. Bytes, compared exactly.
public struct IdempotencyKey: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// How the bytes of a session arrive.
public enum SessionLayout: Hashable, Sendable {
    /// Pieces of `size` bytes at index × size, the last one possibly shorter; in any order and in parallel.
    case chunks(size: UInt64)
    /// One offset that only grows; a body that breaks off keeps what arrived.
    case append
}

/// What a session is for, fixed when it begins. Only an expected length that was unknown may be filled in later.
public struct SessionSpec: Hashable, Sendable {
    public let layout: SessionLayout
    /// The exact length in bytes, where the client told it.
    public internal(set) var expectedBytes: UInt64?
    public let owner: SessionOwner
    public let idempotencyKey: IdempotencyKey?

    public init(
        layout: SessionLayout, expectedBytes: UInt64?, owner: SessionOwner, idempotencyKey: IdempotencyKey? = nil
    ) {
        self.layout = layout
        self.expectedBytes = expectedBytes
        self.owner = owner
        self.idempotencyKey = idempotencyKey
    }

    /// The chunk size in bytes; nil for a session that is appended to.
    public var chunkSize: UInt64? {
        guard case .chunks(let size) = layout else { return nil }
        return size
    }

    /// How many chunks make the expected length; nil while that is unknown or the session has no chunks.
    public var chunkCount: UInt64? {
        guard case .chunks(let size) = layout, let expectedBytes, size > 0 else { return nil }
        return expectedBytes / size + (expectedBytes % size == 0 ? 0 : 1)
    }
}
