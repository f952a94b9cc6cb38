public import SessionCore

/// A blob in a list: everything but where its bytes are.
public struct BlobSummary: Hashable, Sendable {
    public let id: BlobId
    public let capsule: CapsuleId
    public let asset: AssetMetadata
    public let size: UInt64
    public let digest: BlobDigest
    /// The chunk size of the upload; nil for appends, concatenations and copies.
    public let chunkSize: UInt64?
    public let createdAt: Timestamp

    public init(
        id: BlobId, capsule: CapsuleId, asset: AssetMetadata, size: UInt64, digest: BlobDigest, chunkSize: UInt64?,
        createdAt: Timestamp
    ) {
        self.id = id
        self.capsule = capsule
        self.asset = asset
        self.size = size
        self.digest = digest
        self.chunkSize = chunkSize
        self.createdAt = createdAt
    }
}

extension Blob {
    public var summary: BlobSummary {
        BlobSummary(
            id: id, capsule: capsule, asset: asset, size: size, digest: digest, chunkSize: chunkSize,
            createdAt: createdAt)
    }
}

/// The order of a list, by when its entries were created.
public enum CreationOrder: Hashable, Sendable {
    case oldestFirst, newestFirst
}

/// Selects the blobs of one capsule, in the order of their creation.
public struct BlobFilter: Hashable, Sendable {
    public var capsule: CapsuleId
    public var order: CreationOrder
    /// What the name contains; ASCII letters are compared without case.
    public var nameContains: String?
    /// What the name starts with, compared byte by byte.
    public var namePrefix: String?
    /// Whether blobs that a memory uses, or of which one is being derived, are left out.
    public var isInNoMemory: Bool

    public init(
        capsule: CapsuleId, order: CreationOrder = .newestFirst, nameContains: String? = nil, namePrefix: String? = nil,
        isInNoMemory: Bool = false
    ) {
        self.capsule = capsule
        self.order = order
        self.nameContains = nameContains
        self.namePrefix = namePrefix
        self.isInNoMemory = isInNoMemory
    }
}

/// A page of a list of blobs. A catalogue looks at a limited number of uploads for each page, so a page may be short, or
/// empty, although others follow.
public struct BlobPage: Hashable, Sendable {
    public let blobs: [BlobSummary]
    /// Where the next page starts; nil for the last page.
    public let next: SessionId?

    public init(blobs: [BlobSummary], next: SessionId?) {
        self.blobs = blobs
        self.next = next
    }
}
