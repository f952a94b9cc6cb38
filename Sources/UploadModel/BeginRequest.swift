public import SessionCore

/// The parameters of a new upload.
public struct BeginRequest: Hashable, Sendable {
    public enum Layout: Hashable, Sendable {
        /// Chunks of `size` bytes; nil: the server's default.
        case chunks(size: UInt64? = nil)
        case append
    }

    public var capsule: CapsuleId
    public var asset: AssetMetadata
    public var layout: Layout
    /// The exact number of bytes; nil if it becomes known later.
    public var length: UInt64?
    /// The client's own count of chunks, checked against the length and the chunk size.
    public var expectedChunks: UInt64?
    /// The expected SHA-256 of the whole.
    public var expectedDigest: Digest?
    public var provisionalMemoryId: String
    /// Identifies the request, so that repeating it returns the same upload.
    public var idempotencyKey: IdempotencyKey?
    /// Whether the upload is only a part of a concatenation.
    public var isPartial: Bool
    /// The recipe applied after the commit. Parts have none.
    public var derivation: RecipeChoice
    /// Whether the bytes come with the request, and the store chooses the layout: another choice, after a change of its
    /// limits, does not make it another request.
    package var isWhole = false

    public init(
        capsule: CapsuleId, asset: AssetMetadata, layout: Layout = .chunks(), length: UInt64? = nil,
        expectedChunks: UInt64? = nil, expectedDigest: Digest? = nil, provisionalMemoryId: String = "",
        idempotencyKey: IdempotencyKey? = nil, isPartial: Bool = false, derivation: RecipeChoice = .capsuleDefault
    ) {
        self.capsule = capsule
        self.asset = asset
        self.layout = layout
        self.length = length
        self.expectedChunks = expectedChunks
        self.expectedDigest = expectedDigest
        self.provisionalMemoryId = provisionalMemoryId
        self.idempotencyKey = idempotencyKey
        self.isPartial = isPartial
        self.derivation = derivation
    }
}

/// The result of `UploadCatalogue.begin`.
public enum Began: Sendable {
    case created(UploadRecord)
    /// The idempotency key of an earlier request: the upload in its current state.
    case replayed(UploadRecord)

    public var record: UploadRecord {
        switch self {
        case .created(let record), .replayed(let record): record
        }
    }
}
