public import SessionCore

/// What an upload says about its file. Names are never used as paths.
public struct AssetMetadata: Hashable, Sendable {
    public var name: String
    public var contentType: String
    /// What the client sent along, kept byte for byte and not interpreted here.
    public var opaque: String

    public init(name: String, contentType: String = "application/octet-stream", opaque: String = "") {
        self.name = name
        self.contentType = contentType
        self.opaque = opaque
    }
}

/// Where the bytes of an upload live.
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

/// What an upload adds to its session. What the ledger knows (status, length, received chunks) is not repeated here.
public struct UploadSessionMeta: Hashable, Sendable {
    public let session: SessionId
    public let capsule: CapsuleId
    public let caller: Principal
    public var asset: AssetMetadata
    /// The client's own name for the memory to be, so that the assets of one memory can be told together.
    public let provisionalMemoryId: String
    public let idempotencyKey: IdempotencyKey?
    /// The SHA-256 that the whole must have, where the client told it when it began.
    public let expectedDigest: Digest?
    /// Whether the upload is only a part of a concatenation. A part goes on expiring after its commit.
    public let isPartial: Bool
    /// What is made of the upload once it is committed.
    public var recipe: Recipe?
    public let storage: Storage
    public let key: ObjectKey

    public init(
        session: SessionId, capsule: CapsuleId, caller: Principal, asset: AssetMetadata, provisionalMemoryId: String,
        idempotencyKey: IdempotencyKey?, expectedDigest: Digest?, isPartial: Bool, recipe: Recipe? = nil,
        storage: Storage
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
