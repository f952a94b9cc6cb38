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
    /// nil if its renditions show all of the original and there is nothing to say about them.
    public let derivationNote: DerivationNote?

    public init(
        id: MemoryId, capsule: CapsuleId, creator: Principal, details: MemoryDetails, createdAt: Timestamp,
        assets: [Asset], derivationError: String? = nil, derivationNote: DerivationNote? = nil
    ) {
        self.id = id
        self.capsule = capsule
        self.creator = creator
        self.details = details
        self.createdAt = createdAt
        self.assets = assets
        self.derivationError = derivationError
        self.derivationNote = derivationNote
    }
}

/// The editable details of a memory.
public struct MemoryDetails: Hashable, Sendable {
    public var title: String
    public var text: String
    public var tags: [String]
    public var type: String
    public var takenAt: CaptureTime?
    /// A ThumbHash (evanw.github.io/thumbhash), from which clients draw a blurred preview.
    public var thumbHash: [UInt8]?

    public init(
        title: String = "", text: String = "", tags: [String] = [], type: String = "", takenAt: CaptureTime? = nil,
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

/// The order of a list of memories.
public enum MemoryOrder: Hashable, Sendable, CaseIterable {
    /// By creation.
    case oldestFirst
    case newestFirst
    /// By what the clock showed when they were taken; by creation where that is unknown.
    case oldestTakenFirst
    case newestTakenFirst

    public var isByCapture: Bool { self == .oldestTakenFirst || self == .newestTakenFirst }
    public var isNewestFirst: Bool { self == .newestFirst || self == .newestTakenFirst }
}

/// The place of a memory in the lists of its capsule.
public struct MemoryPosition: Hashable, Sendable {
    public let id: MemoryId
    /// What orders by capture sort by, in milliseconds: the local time of capture, or the time of creation.
    public let shownAt: Int64

    public init(id: MemoryId, shownAt: Int64) {
        self.id = id
        self.shownAt = shownAt
    }
}

extension Memory {
    public var position: MemoryPosition {
        MemoryPosition(id: id, shownAt: details.takenAt?.localMilliseconds ?? createdAt.milliseconds)
    }
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
    /// What moves beside a still original: the video of a Live Photo.
    public static let video = AssetKind("video")
    /// The raw file beside an original in another format.
    public static let raw = AssetKind("raw")
    /// Instructions of an editor for the original.
    public static let sidecar = AssetKind("sidecar")
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
