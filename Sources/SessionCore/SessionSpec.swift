/// The owner of a session, as opaque bytes that only the service above interprets. Sessions of equal owners are counted
/// together.
public struct SessionOwner: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// The client's name for a request, which identifies its repetitions. Bytes, compared exactly.
public struct IdempotencyKey: Hashable, Sendable {
    public let bytes: [UInt8]

    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }
}

/// The layout of the writes to a session.
public enum SessionLayout: Hashable, Sendable {
    /// Pieces of `size` bytes at index × size, the last one possibly shorter; in any order and in parallel.
    case chunks(size: UInt64)
    /// Bytes at one offset that only grows; an interrupted append keeps its durable bytes.
    case append
}

/// The parameters of a session, fixed when it begins. Only an unknown length may be declared later.
public struct SessionSpec: Hashable, Sendable {
    public let layout: SessionLayout
    /// The exact length in bytes; nil while unknown.
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

    /// The chunk size in bytes; nil in append layout.
    public var chunkSize: UInt64? {
        guard case .chunks(let size) = layout else { return nil }
        return size
    }

    /// The number of chunks of the expected length; nil while that is unknown, and in append layout.
    public var chunkCount: UInt64? {
        guard case .chunks(let size) = layout, let expectedBytes, size > 0 else { return nil }
        return expectedBytes / size + (expectedBytes % size == 0 ? 0 : 1)
    }
}
