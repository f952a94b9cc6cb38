public import SessionCore

/// What a client asks for when it begins an upload.
public struct BeginRequest: Hashable, Sendable {
    public enum Layout: Hashable, Sendable {
        /// Chunks of this many bytes, or of the server's choice.
        case chunks(size: UInt64? = nil)
        case append
    }

    public var capsule: CapsuleId
    public var asset: AssetMetadata
    public var layout: Layout
    /// The exact number of bytes; nil if it becomes known later.
    public var length: UInt64?
    /// How many chunks the client means to send, checked against the length and the chunk size.
    public var expectedChunks: UInt64?
    /// The SHA-256 that the whole must have.
    public var expectedDigest: Digest?
    public var provisionalMemoryId: String
    /// Names the request, so that its repetition returns the same upload.
    public var idempotencyKey: IdempotencyKey?
    /// Whether the upload is only a part of a concatenation.
    public var isPartial: Bool
    /// What is made of the upload once it is committed. Nothing is made of a part.
    public var derivation: RecipeChoice

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
