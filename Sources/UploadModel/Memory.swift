public import SessionCore

/// An item of a capsule with its assets, all created atomically.
public struct Memory: Hashable, Sendable {
    public let id: MemoryId
    public let capsule: CapsuleId
    public let creator: Principal
    public var details: MemoryDetails
    public let createdAt: Timestamp
    public var assets: [Asset]
    /// The reason of a failed derivation; the memory then has the original alone.
    public let derivationError: String?

    public init(
        id: MemoryId, capsule: CapsuleId, creator: Principal, details: MemoryDetails, createdAt: Timestamp,
        assets: [Asset], derivationError: String? = nil
    ) {
        self.id = id
        self.capsule = capsule
        self.creator = creator
        self.details = details
        self.createdAt = createdAt
        self.assets = assets
        self.derivationError = derivationError
    }
}

/// The editable details of a memory.
public struct MemoryDetails: Hashable, Sendable {
    public var title: String
    public var text: String
    public var tags: [String]
    public var type: String
    public var takenAt: Timestamp?
    /// A ThumbHash (evanw.github.io/thumbhash), from which clients draw a blurred preview.
    public var thumbHash: [UInt8]?

    public init(
        title: String = "", text: String = "", tags: [String] = [], type: String = "", takenAt: Timestamp? = nil,
        thumbHash: [UInt8]? = nil
    ) {
        self.title = title
        self.text = text
        self.tags = tags
        self.type = type
        self.takenAt = takenAt
        self.thumbHash = thumbHash
    }
}

/// The order of a list of memories, by creation.
public enum MemoryOrder: Hashable, Sendable {
    case oldestFirst
    case newestFirst
}

/// A file of a memory: its original or a rendition.
public struct Asset: Hashable, Sendable {
    public let id: AssetId
    public let kind: AssetKind
    public let contentType: String
    public let size: UInt64
    public let width: UInt32?
    public let height: UInt32?
    public let digest: Digest
    public let content: Content

    public init(
        id: AssetId, kind: AssetKind, contentType: String, size: UInt64, width: UInt32?, height: UInt32?,
        digest: Digest, content: Content
    ) {
        self.id = id
        self.kind = kind
        self.contentType = contentType
        self.size = size
        self.width = width
        self.height = height
        self.digest = digest
        self.content = content
    }

    public enum Content: Hashable, Sendable {
        case blob(BlobId)
        /// Stored in the catalogue; at most `Limits.inlineAssetBytesMax` bytes.
        case inline([UInt8])
    }
}

public struct AssetKind: Hashable, Sendable {
    public let name: String

    public init(_ name: String) {
        self.name = name
    }

    public static let original = AssetKind("original")
    public static let display = AssetKind("display")
    public static let thumb = AssetKind("thumb")
    public static let placeholder = AssetKind("placeholder")
}

/// An asset to be added to a memory.
public struct AssetDraft: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case blob(BlobId)
        case inline([UInt8], contentType: String)
    }

    public let kind: AssetKind
    public let content: Content
    public let width: UInt32?
    public let height: UInt32?

    public init(kind: AssetKind, content: Content, width: UInt32? = nil, height: UInt32? = nil) {
        self.kind = kind
        self.content = content
        self.width = width
        self.height = height
    }
}
