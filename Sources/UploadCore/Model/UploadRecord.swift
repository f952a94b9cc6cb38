public import SessionCore

/// One upload as the catalogue holds it.
public struct UploadRecord: Sendable {
    public var meta: UploadSessionMeta
    public var session: Session
    /// Of the request that began it; see `BeginRequest.fingerprint`.
    public let fingerprint: Digest
    /// The sessions that this one concatenates, in order; empty for an upload with bytes of its own.
    public let parts: [SessionId]
    /// Known once committed.
    public var digest: BlobDigest?

    public init(
        meta: UploadSessionMeta, session: Session, fingerprint: Digest, parts: [SessionId] = [],
        digest: BlobDigest? = nil
    ) {
        self.meta = meta
        self.session = session
        self.fingerprint = fingerprint
        self.parts = parts
        self.digest = digest
    }

    public var id: SessionId { session.id }

    /// The blob that the upload became.
    public var blob: BlobId? {
        if case .committed = session.meta.status { BlobId(session.id) } else { nil }
    }
}

/// Bytes that a blob refers to: the whole of one upload's own bytes.
public struct Extent: Hashable, Sendable {
    /// The upload that brought them.
    public let source: SessionId
    public let storage: Storage
    public let key: ObjectKey
    public let length: UInt64
    public let digest: Digest

    public init(source: SessionId, storage: Storage, key: ObjectKey, length: UInt64, digest: Digest) {
        self.source = source
        self.storage = storage
        self.key = key
        self.length = length
        self.digest = digest
    }
}

/// A committed upload as readers see it: an ordered list of extents that never changes.
public struct Blob: Hashable, Sendable {
    public let id: BlobId
    public let capsule: CapsuleId
    public let asset: AssetMetadata
    public let size: UInt64
    public let digest: BlobDigest
    /// The chunk size it was uploaded with; nil for one that was appended to or concatenated.
    public let chunkSize: UInt64?
    public let createdAt: Timestamp
    public let extents: [Extent]

    public init(
        id: BlobId, capsule: CapsuleId, asset: AssetMetadata, size: UInt64, digest: BlobDigest, chunkSize: UInt64?,
        createdAt: Timestamp, extents: [Extent]
    ) {
        self.id = id
        self.capsule = capsule
        self.asset = asset
        self.size = size
        self.digest = digest
        self.chunkSize = chunkSize
        self.createdAt = createdAt
        self.extents = extents
    }
}
