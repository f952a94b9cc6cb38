public import UploadModel

/// A memory as clients see it.
public struct MemoryDocument: Codable, Hashable, Sendable {
    public enum State: String, Codable, Hashable, Sendable {
        case complete
        /// The derivation failed; `reason` has the cause.
        case originalOnly = "original_only"
    }

    /// What the renditions show instead of all of the original.
    public enum Extent: String, Codable, Hashable, Sendable, CaseIterable {
        /// The part that could be decoded.
        case partial
        /// A preview that the original contains, as raw files do.
        case preview
    }

    public var id: String
    public var capsule: String
    /// The name of the principal that created it.
    public var creator: String
    public var title: String
    public var description: String
    public var tags: [String]
    /// The kind of memory, as chosen by its creator.
    public var type: String
    /// In UTC; local time where there is no `takenAtZone`.
    public var takenAt: WireCaptureTime?
    /// The offset of the camera's clock from UTC, `+02:00`; absent if it is unknown.
    public var takenAtZone: String?
    public var createdAt: WireTime
    public var state: State
    /// Absent if the renditions show all of the original.
    public var derivation: Extent?
    /// The reason why it has only its original, or how its renditions differ from it, as text.
    public var reason: String?
    /// A ThumbHash of the picture: about 25 bytes that a client can draw before it has loaded anything.
    public var thumbhash: WireBytes?
    /// In the order in which they were added.
    public var assets: [AssetDocument]

    public init(
        id: String, capsule: String, creator: String, title: String, description: String, tags: [String], type: String,
        takenAt: WireCaptureTime?, takenAtZone: String? = nil, createdAt: WireTime, state: State,
        derivation: Extent? = nil, reason: String?, thumbhash: WireBytes?, assets: [AssetDocument]
    ) {
        self.id = id
        self.capsule = capsule
        self.creator = creator
        self.title = title
        self.description = description
        self.tags = tags
        self.type = type
        self.takenAt = takenAt
        self.takenAtZone = takenAtZone
        self.createdAt = createdAt
        self.state = state
        self.derivation = derivation
        self.reason = reason
        self.thumbhash = thumbhash
        self.assets = assets
    }

    /// The asset with an id, or the first of a kind.
    public func asset(_ kindOrId: String) -> AssetDocument? {
        assets.first { $0.id == kindOrId } ?? assets.first { $0.kind == kindOrId }
    }
}

/// One rendition of a memory: a blob or inline bytes.
public struct AssetDocument: Codable, Hashable, Sendable {
    public var id: String
    /// `original`, `display`, `thumb`, `placeholder`, or a name chosen by its creator.
    public var kind: String
    public var type: String
    /// Bytes.
    public var size: UInt64
    /// Pixels, if known.
    public var width: UInt32?
    public var height: UInt32?
    /// The digest of its bytes in hexadecimal.
    public var sha256: String
    public var blob: String?
    /// `true` if it is not a blob.
    public var inline: Bool?
    /// The bytes of an inline asset, if requested (`?include=inline`).
    public var data: WireBytes?

    public init(
        id: String, kind: String, type: String, size: UInt64, width: UInt32?, height: UInt32?, sha256: String,
        blob: String? = nil, inline: Bool? = nil, data: WireBytes? = nil
    ) {
        self.id = id
        self.kind = kind
        self.type = type
        self.size = size
        self.width = width
        self.height = height
        self.sha256 = sha256
        self.blob = blob
        self.inline = inline
        self.data = data
    }
}

/// One page of memories.
public struct MemoryListDocument: Codable, Hashable, Sendable {
    public var memories: [MemoryDocument]
    /// The cursor of the next page; absent on the last. A page may have fewer entries than requested.
    public var next: String?

    public init(memories: [MemoryDocument], next: String?) {
        self.memories = memories
        self.next = next
    }
}

extension MemoryDocument {
    /// - Parameter includesInline: Whether to include the bytes of inline assets.
    public init(_ memory: Memory, includesInline: Bool = false) {
        let details = memory.details
        self.init(
            id: memory.id.text, capsule: memory.capsule.text, creator: memory.creator.name, title: details.title,
            description: details.text, tags: details.tags, type: details.type,
            takenAt: details.takenAt.map { WireCaptureTime($0.inUTC) },
            takenAtZone: details.takenAt?.zoneMinutes.map { WireZone.text(of: $0) },
            createdAt: WireTime(memory.createdAt),
            state: memory.derivationError == nil ? .complete : .originalOnly,
            derivation: memory.derivationNote.flatMap { Extent($0.extent) },
            reason: memory.derivationError ?? memory.derivationNote?.reason,
            thumbhash: details.thumbHash.map { WireBytes($0) },
            assets: memory.assets.map { AssetDocument($0, includesInline: includesInline) })
    }
}

extension AssetDocument {
    init(_ asset: Asset, includesInline: Bool) {
        self.init(
            id: asset.id.text, kind: asset.kind.name, type: asset.contentType, size: asset.size, width: asset.width,
            height: asset.height, sha256: asset.digest.hex)
        switch asset.content {
        case .blob(let id): blob = id.text
        case .inline(let bytes):
            inline = true
            if includesInline { data = WireBytes(bytes) }
        }
    }
}

extension DerivationNote.Extent {
    init(_ extent: MemoryDocument.Extent) {
        switch extent {
        case .partial: self = .partial
        case .preview: self = .preview
        }
    }
}

extension MemoryDocument.Extent {
    package init?(_ extent: DerivationNote.Extent) {
        switch extent {
        case .whole: return nil
        case .partial: self = .partial
        case .preview: self = .preview
        }
    }
}

extension MemoryDocument {
    /// Time and zone of capture together.
    package var captureTime: CaptureTime? {
        guard let time = takenAt?.time, let instant = time.instant else { return takenAt?.time }
        let zone = takenAtZone.flatMap { WireZone.minutes(of: $0) }
        return CaptureTime(instant, zoneMinutes: zone ?? time.zoneMinutes ?? 0)
    }
}

extension CaptureTime {
    /// The same instant by a clock in UTC; a local time stays as it is.
    fileprivate var inUTC: CaptureTime {
        instant.map { CaptureTime($0) } ?? self
    }
}
