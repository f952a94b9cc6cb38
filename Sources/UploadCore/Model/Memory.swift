public import SessionCore

/// One item in a capsule, with its assets. It exists with all of them or not at all.
public struct Memory: Hashable, Sendable {
    public let id: MemoryId
    public let capsule: CapsuleId
    public let creator: Principal
    public var details: MemoryDetails
    public let createdAt: Timestamp
    public var assets: [Asset]
    /// Why it has its original alone, where more was to be derived.
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

/// What people say about a memory, and may change.
public struct MemoryDetails: Hashable, Sendable {
    public var title: String
    public var text: String
    public var tags: [String]
    public var type: String
    public var takenAt: Timestamp?
    /// A few bytes from which a client can draw a blurred picture: a ThumbHash (evanw.github.io/thumbhash).
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

/// In which order memories are listed: that of their making, or its reverse.
public enum MemoryOrder: Hashable, Sendable {
    case oldestFirst
    case newestFirst
}

/// One rendition of a memory.
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
        /// Kept in the catalogue, at most `Limits.inlineAssetBytesMax`.
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

/// An asset as its memory is to be made with.
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
