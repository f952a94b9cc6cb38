/// The body of `POST /v1/capsules/{capsule}/memories`. Unknown fields are ignored.
public struct NewMemoryDocument: Codable, Hashable, Sendable {
    public var title: String?
    public var description: String?
    public var tags: [String]?
    public var type: String?
    public var takenAt: WireTime?
    public var thumbhash: WireBytes?
    /// Committed blobs of the capsule.
    public var assets: [NewAssetDocument]?
    /// Small assets with their bytes.
    public var inlineAssets: [NewInlineAssetDocument]?

    public init(
        title: String? = nil, description: String? = nil, tags: [String]? = nil, type: String? = nil,
        takenAt: WireTime? = nil, thumbhash: WireBytes? = nil, assets: [NewAssetDocument]? = nil,
        inlineAssets: [NewInlineAssetDocument]? = nil
    ) {
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
