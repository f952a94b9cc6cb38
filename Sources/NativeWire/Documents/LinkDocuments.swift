public import UploadModel

/// An upload link as the owner of its capsule sees it. Sizes in bytes; an absent limit does not apply.
public struct LinkDocument: Codable, Hashable, Sendable {
    public var id: String
    public var capsule: String
    public var title: String
    /// The bearer token of those who upload through the link: `link_` and 128 hexadecimal digits.
    public var token: String
    public var createdAt: WireTime
    /// No upload begins at this time or later.
    public var expiresAt: WireTime
    /// Uploads that are pending or stored.
    public var filesMax: UInt64?
    /// Uploads that were ever begun.
    public var usesMax: UInt64?
    /// Of the uploads that are pending or stored.
    public var bytesMax: UInt64?
    /// Of one upload.
    public var fileBytesMax: UInt64?
    /// The accepted media types, such as `image/*`; absent for all.
    public var types: [String]?
    /// What came in.
    public var files: UInt64
    public var uses: UInt64
    public var bytes: UInt64
}

/// The body of `POST /v1/capsules/{capsule}/links`.
public struct NewLinkDocument: Codable, Hashable, Sendable {
    public var title: String?
    public var expiresAt: WireTime
    public var filesMax: UInt64?
    public var usesMax: UInt64?
    public var bytesMax: UInt64?
    public var fileBytesMax: UInt64?
    public var types: [String]?

    public init(
        title: String? = nil, expiresAt: WireTime, filesMax: UInt64? = nil, usesMax: UInt64? = nil,
        bytesMax: UInt64? = nil, fileBytesMax: UInt64? = nil, types: [String]? = nil
    ) {
        self.title = title
        self.expiresAt = expiresAt
        self.filesMax = filesMax
        self.usesMax = usesMax
        self.bytesMax = bytesMax
        self.fileBytesMax = fileBytesMax
        self.types = types
    }

    /// - Throws: `invalid_argument` for a malformed type, and for a list without any, which could mean all or none.
    public func limits() throws(UploadError) -> LinkLimits {
        var limits = LinkLimits(
            filesMax: filesMax, usesMax: usesMax, bytesMax: bytesMax, fileBytesMax: fileBytesMax)
        guard types != [] else {
            throw UploadError(.invalidArgument("types", "is empty; leave it out to accept all types"))
        }
        for text in types ?? [] {
            guard let type = MediaRange(text) else {
                throw UploadError(.invalidArgument("types", "must be media types like “image/jpeg” or “image/*”"))
            }
            limits.types.append(type)
        }
        return limits
    }
}

/// `GET /v1/capsules/{capsule}/links`: all links of a capsule, oldest first.
public struct LinkListDocument: Codable, Hashable, Sendable {
    public var links: [LinkDocument]

    public init(links: [LinkDocument]) {
        self.links = links
    }
}

/// `GET /v1/link`: what the bearer of a link may still upload. Absent members are not limited.
public struct OwnLinkDocument: Codable, Hashable, Sendable {
    public var title: String
    public var expiresAt: WireTime
    public var filesLeft: UInt64?
    public var usesLeft: UInt64?
    public var bytesLeft: UInt64?
    public var fileBytesMax: UInt64?
    /// The accepted media types; absent for all.
    public var types: [String]?
}

extension LinkDocument {
    public init(_ status: LinkStatus, token: LinkToken) {
        let (link, usage) = (status.link, status.usage)
        self.init(
            id: link.id.text, capsule: link.capsule.text, title: link.title, token: token.text,
            createdAt: WireTime(link.createdAt), expiresAt: WireTime(link.expiresAt), filesMax: link.limits.filesMax,
            usesMax: link.limits.usesMax, bytesMax: link.limits.bytesMax, fileBytesMax: link.limits.fileBytesMax,
            types: link.limits.typeTexts, files: usage.files, uses: usage.uses, bytes: usage.bytes)
    }
}

extension OwnLinkDocument {
    public init(_ status: LinkStatus) {
        let (limits, usage) = (status.link.limits, status.usage)
        func left(_ maximum: UInt64?, _ used: UInt64) -> UInt64? { maximum.map { $0 > used ? $0 - used : 0 } }
        self.init(
            title: status.link.title, expiresAt: WireTime(status.link.expiresAt),
            filesLeft: left(limits.filesMax, usage.files), usesLeft: left(limits.usesMax, usage.uses),
            bytesLeft: left(limits.bytesMax, usage.bytes), fileBytesMax: limits.fileBytesMax, types: limits.typeTexts)
    }
}

extension LinkLimits {
    /// nil for all types.
    fileprivate var typeTexts: [String]? { types.isEmpty ? nil : types.map(\.text) }
}
