public import SessionCore

/// The metadata of an uploaded file. Names are never used as paths.
public struct AssetMetadata: Hashable, Sendable {
    public var name: String
    public var contentType: String
    /// Further metadata of the client, preserved exactly and not interpreted.
    public var opaque: String
    /// The file's own time of its last change, as the client states it.
    public var modifiedAt: Timestamp?

    public init(
        name: String, contentType: String = "application/octet-stream", opaque: String = "",
        modifiedAt: Timestamp? = nil
    ) {
        self.name = name
        self.contentType = contentType
        self.opaque = opaque
        self.modifiedAt = modifiedAt
    }
}

/// The storage of an upload's bytes.
public enum Storage: Int, Hashable, Sendable {
    /// In a file of the blob store.
    case file = 0
    /// In the catalogue: small uploads of known length.
    case catalogue = 1
}

/// The name of the bytes of one upload in a blob store: the SHA-256 of the provisional memory id, a zero byte and the
/// session id, so that two sessions never share a key even for the same provisional id.
public struct ObjectKey: Hashable, Sendable {
    public let digest: Digest

    public init(_ digest: Digest) {
        self.digest = digest
    }

    public init(provisionalMemoryId: String, session: SessionId) {
        digest = Digest(of: Array(provisionalMemoryId.utf8) + [0] + session.bytes)
    }
}

extension ObjectKey {
    /// A key of 256 bits from the system's random numbers, unlike any other.
    package static func random() -> ObjectKey {
        var generator = SystemRandomNumberGenerator()
        let words = (0..<4).map { _ in generator.next() }
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        // There are 32 of them.
        return ObjectKey(Digest(bytes: bytes) ?? Digest(of: bytes))
    }
}

/// The metadata of an upload beyond its session. The facts of the ledger (status, length, received chunks) are not
/// repeated.
public struct UploadSessionMeta: Hashable, Sendable {
    public let session: SessionId
    public let capsule: CapsuleId
    public let caller: Principal
    public var asset: AssetMetadata
    /// The client's own id of a future memory, by which its assets can be grouped.
    public let provisionalMemoryId: String
    public let idempotencyKey: IdempotencyKey?
    /// The expected SHA-256 of the whole, if the begin request states it.
    public let expectedDigest: Digest?
    /// Whether the upload is only a part of a concatenation. Parts expire even after their commit.
    public let isPartial: Bool
    /// The recipe applied after the commit.
    public var recipe: Recipe?
    /// Of the memory that the recipe makes. Dropped at the end of the upload.
    public let companions: [Companion]
    public let storage: Storage
    public let key: ObjectKey

    public init(
        session: SessionId, capsule: CapsuleId, caller: Principal, asset: AssetMetadata, provisionalMemoryId: String,
        idempotencyKey: IdempotencyKey?, expectedDigest: Digest?, isPartial: Bool, recipe: Recipe? = nil,
        companions: [Companion] = [], storage: Storage
    ) {
        self.session = session
        self.capsule = capsule
        self.caller = caller
        self.asset = asset
        self.provisionalMemoryId = provisionalMemoryId
        self.idempotencyKey = idempotencyKey
        self.expectedDigest = expectedDigest
        self.isPartial = isPartial
        self.recipe = recipe
        self.companions = companions
        self.storage = storage
        key = ObjectKey(provisionalMemoryId: provisionalMemoryId, session: session)
    }
}

extension SessionOwner {
    /// Sessions are counted per capsule and caller.
    public init(capsule: CapsuleId, caller: Principal) {
        self.init(bytes: capsule.value.bytes + Array(caller.name.utf8))
    }
}
