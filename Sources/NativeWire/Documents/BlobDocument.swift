public import UploadModel

/// A blob in a list, and `GET /v1/blobs/{blob}/meta`.
public struct BlobDocument: Codable, Hashable, Sendable {
    public var blob: String
    public var capsule: String
    public var size: UInt64
    /// The digest of all bytes in hexadecimal; absent for a concatenation, whose parts alone were verified.
    public var sha256: String?
    public var name: String
    public var type: String
    /// The chunk size of the upload; absent for an append, a concatenation or a copy.
    public var chunkSize: UInt64?
    public var chunkCount: UInt64?
    public var createdAt: WireTime
    /// The file's own time of its last change, as its client stated it.
    public var modifiedAt: WireTime?

    public init(
        blob: String, capsule: String, size: UInt64, sha256: String?, name: String, type: String, chunkSize: UInt64?,
        chunkCount: UInt64?, createdAt: WireTime, modifiedAt: WireTime? = nil
    ) {
        self.blob = blob
        self.capsule = capsule
        self.size = size
        self.sha256 = sha256
        self.name = name
        self.type = type
        self.chunkSize = chunkSize
        self.chunkCount = chunkCount
        self.createdAt = createdAt
        self.modifiedAt = modifiedAt
    }
}

extension BlobDocument {
    public init(_ blob: BlobSummary) {
        let chunkCount = blob.chunkSize.map { size in blob.size / size + (blob.size % size == 0 ? 0 : 1) }
        self.init(
            blob: blob.id.text, capsule: blob.capsule.text, size: blob.size, sha256: blob.digest.whole?.hex,
            name: blob.asset.name, type: blob.asset.contentType, chunkSize: blob.chunkSize, chunkCount: chunkCount,
            createdAt: WireTime(blob.createdAt), modifiedAt: blob.asset.modifiedAt.map { WireTime($0) })
    }
}

/// One page of blobs: `GET /v1/blobs`. It may have fewer than were asked for although `next` is present.
public struct BlobListDocument: Codable, Hashable, Sendable {
    public var blobs: [BlobDocument]
    /// The cursor of the next page; absent on the last.
    public var next: String?

    public init(blobs: [BlobDocument], next: String? = nil) {
        self.blobs = blobs
        self.next = next
    }
}

/// The body of `POST /v1/blobs/lookup`: the digests of files that need not be sent if the caller has stored them already.
public struct BlobLookupDocument: Codable, Hashable, Sendable {
    /// Where they are looked for first; the caller's default capsule if absent.
    public var capsule: String?
    /// In hexadecimal.
    public var sha256: [String]

    public init(capsule: String? = nil, sha256: [String]) {
        self.capsule = capsule
        self.sha256 = sha256
    }
}

/// The body of `POST /v1/blobs/{blob}/copies`: what differs from the blob whose bytes the new one shares.
public struct BlobCopyDocument: Codable, Hashable, Sendable {
    /// The caller's default capsule if absent.
    public var capsule: String?
    public var name: String
    /// That of the blob if absent.
    public var type: String?
    public var modifiedAt: WireTime?
    public var derive: String?
    /// As of a new upload.
    public var companions: [CompanionDocument]?

    public init(
        capsule: String? = nil, name: String, type: String? = nil, modifiedAt: WireTime? = nil, derive: String? = nil,
        companions: [CompanionDocument]? = nil
    ) {
        self.capsule = capsule
        self.name = name
        self.type = type
        self.modifiedAt = modifiedAt
        self.derive = derive
        self.companions = companions
    }
}
