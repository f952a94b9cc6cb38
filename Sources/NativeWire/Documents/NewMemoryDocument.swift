import HTTPWire
public import UploadModel

/// The body of `POST /v1/capsules/{capsule}/memories`.
public struct NewMemoryDocument: Codable, Hashable, Sendable {
    public var title: String?
    public var description: String?
    public var tags: [String]?
    public var type: String?
    /// With an offset, which is kept, or local time without one.
    public var takenAt: WireCaptureTime?
    public var thumbhash: WireBytes?
    /// Of a client that makes renditions: `original_only` if it could make none.
    public var state: MemoryDocument.State?
    /// Absent if the renditions show all of the original.
    public var derivation: MemoryDocument.Extent?
    /// Required with `original_only` and with `derivation`.
    public var reason: String?
    /// Committed blobs of the capsule.
    public var assets: [NewAssetDocument]?
    /// Small assets with their bytes.
    public var inlineAssets: [NewInlineAssetDocument]?

    public init(
        title: String? = nil, description: String? = nil, tags: [String]? = nil, type: String? = nil,
        takenAt: WireCaptureTime? = nil, thumbhash: WireBytes? = nil, state: MemoryDocument.State? = nil,
        derivation: MemoryDocument.Extent? = nil, reason: String? = nil, assets: [NewAssetDocument]? = nil,
        inlineAssets: [NewInlineAssetDocument]? = nil
    ) {
        self.state = state
        self.derivation = derivation
        self.reason = reason
        self.title = title
        self.description = description
        self.tags = tags
        self.type = type
        self.takenAt = takenAt
        self.thumbhash = thumbhash
        self.assets = assets
        self.inlineAssets = inlineAssets
    }
}

/// A blob that becomes an asset. Its type and size are the blob's.
public struct NewAssetDocument: Codable, Hashable, Sendable {
    public var kind: String
    public var blob: String
    /// Pixels.
    public var width: UInt32?
    public var height: UInt32?

    public init(kind: String, blob: String, width: UInt32? = nil, height: UInt32? = nil) {
        self.kind = kind
        self.blob = blob
        self.width = width
        self.height = height
    }
}

/// An asset with its bytes.
public struct NewInlineAssetDocument: Codable, Hashable, Sendable {
    public var kind: String
    /// The media type.
    public var type: String
    public var data: WireBytes
    /// Pixels.
    public var width: UInt32?
    public var height: UInt32?

    public init(kind: String, type: String, data: WireBytes, width: UInt32? = nil, height: UInt32? = nil) {
        self.kind = kind
        self.type = type
        self.data = data
        self.width = width
        self.height = height
    }
}

/// The body of `POST /v1/memories/{memory}/assets`: an element of `assets`, or one of `inline_assets`.
public enum AddedAssetDocument: Codable, Hashable, Sendable {
    case blob(NewAssetDocument)
    /// With `data`.
    case inline(NewInlineAssetDocument)

    private enum Distinction: String, CodingKey {
        case blob, data
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Distinction.self)
        guard container.contains(.data) else {
            self = .blob(try NewAssetDocument(from: decoder))
            return
        }
        guard !container.contains(.blob) else {
            throw DecodingError.refusing("cannot stand beside “blob”", at: container.codingPath + [Distinction.data])
        }
        self = .inline(try NewInlineAssetDocument(from: decoder))
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .blob(let document): try document.encode(to: encoder)
        case .inline(let document): try document.encode(to: encoder)
        }
    }
}

extension NewMemoryDocument {
    public var details: MemoryDetails {
        MemoryDetails(
            title: title ?? "", text: description ?? "", tags: tags ?? [], type: type ?? "",
            takenAt: takenAt?.time, thumbHash: thumbhash?.bytes)
    }

    /// What its creator says about the renditions; nil for nothing.
    ///
    /// - Throws: `invalid_argument`.
    public func remark() throws(UploadError) -> DerivationRemark? {
        guard let reason, !reason.isEmpty else {
            guard derivation == nil, state != .originalOnly else {
                throw UploadError(.invalidArgument("reason", "must say why, with “derivation” and “original_only”"))
            }
            return nil
        }
        guard state == .originalOnly else {
            return .noted(DerivationNote(derivation.map { DerivationNote.Extent($0) } ?? .whole, reason))
        }
        guard derivation == nil else {
            throw UploadError(.invalidArgument("derivation", "is of renditions, and “original_only” has none"))
        }
        return .failed(reason: reason)
    }

    /// The assets: blobs first, then inline ones.
    ///
    /// - Throws: `invalid_argument` with the field, such as `assets[2].blob`, for an invalid id, type or kind.
    public func drafts() throws(UploadError) -> [AssetDraft] {
        var drafts: [AssetDraft] = []
        for (index, asset) in (assets ?? []).enumerated() {
            drafts.append(try asset.draft(in: Self.place(ofAsset: index)))
        }
        for (index, asset) in (inlineAssets ?? []).enumerated() {
            drafts.append(try asset.draft(in: "inline_assets[\(index)]."))
        }
        return drafts
    }

    /// The name of the field with the blob of an asset.
    ///
    /// - Parameter index: Into `assets`.
    public static func blobField(ofAsset index: Int) -> String {
        place(ofAsset: index) + "blob"
    }

    private static func place(ofAsset index: Int) -> String { "assets[\(index)]." }
}

extension AddedAssetDocument {
    /// - Throws: `invalid_argument` for an invalid id, type or kind.
    public func draft() throws(UploadError) -> AssetDraft {
        switch self {
        case .blob(let asset): try asset.draft(in: "")
        case .inline(let asset): try asset.draft(in: "")
        }
    }
}

extension NewAssetDocument {
    /// - Parameter place: The prefix of field names in errors.
    fileprivate func draft(in place: String) throws(UploadError) -> AssetDraft {
        guard let id = BlobId(text: blob) else {
            throw UploadError(.invalidArgument(place + "blob", "must be the id of a blob"))
        }
        return AssetDraft(
            kind: try AssetKind(checked: kind, in: place), content: .blob(id), width: width, height: height)
    }
}

extension NewInlineAssetDocument {
    fileprivate func draft(in place: String) throws(UploadError) -> AssetDraft {
        let type = try MediaType(type, argument: place + "type").text
        return AssetDraft(
            kind: try AssetKind(checked: kind, in: place), content: .inline(data.bytes, contentType: type),
            width: width, height: height)
    }
}

extension AssetKind {
    fileprivate init(checked name: String, in place: String) throws(UploadError) {
        guard !name.isEmpty else { throw UploadError(.invalidArgument(place + "kind", "is empty")) }
        self.init(name)
    }
}

extension MemoryPatchDocument {
    public func apply(to details: inout MemoryDetails) {
        title.apply(to: &details.title, cleared: "")
        description.apply(to: &details.text, cleared: "")
        tags.apply(to: &details.tags, cleared: [])
        type.apply(to: &details.type, cleared: "")
        var takenAt = details.takenAt.map { WireCaptureTime($0) }
        self.takenAt.apply(to: &takenAt)
        details.takenAt = takenAt?.time
    }
}

/// The body of `PATCH /v1/memories/{memory}`: a JSON merge patch (RFC 7396) of the metadata of a memory. Absent fields
/// are unchanged, `null` clears a field, and tags are replaced as a whole.
public struct MemoryPatchDocument: Codable, Hashable, Sendable {
    public var title: MergeChange<String>
    public var description: MergeChange<String>
    public var tags: MergeChange<[String]>
    public var type: MergeChange<String>
    public var takenAt: MergeChange<WireCaptureTime>

    private enum CodingKeys: String, CodingKey {
        case title, description, tags, type, takenAt
    }

    public init(
        title: MergeChange<String> = .unchanged, description: MergeChange<String> = .unchanged,
        tags: MergeChange<[String]> = .unchanged, type: MergeChange<String> = .unchanged,
        takenAt: MergeChange<WireCaptureTime> = .unchanged
    ) {
        self.title = title
        self.description = description
        self.tags = tags
        self.type = type
        self.takenAt = takenAt
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        title = try container.change(String.self, .title)
        description = try container.change(String.self, .description)
        tags = try container.change([String].self, .tags)
        type = try container.change(String.self, .type)
        takenAt = try container.change(WireCaptureTime.self, .takenAt)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(title, .title)
        try container.encode(description, .description)
        try container.encode(tags, .tags)
        try container.encode(type, .type)
        try container.encode(takenAt, .takenAt)
    }
}
