public import SessionCore

public typealias LinkId = Identifier<UploadLink>

/// A link whose bearers may begin and continue uploads in one capsule, within limits, and do nothing else: a guest of a
/// wedding, a customer's phone.
public struct UploadLink: Hashable, Sendable {
    public let id: LinkId
    public let capsule: CapsuleId
    /// What guests read about it.
    public let title: String
    public let createdAt: Timestamp
    /// No upload begins at this time or later. Those that began before can be completed.
    public let expiresAt: Timestamp
    public let limits: LinkLimits

    public init(
        id: LinkId, capsule: CapsuleId, title: String, createdAt: Timestamp, expiresAt: Timestamp, limits: LinkLimits
    ) {
        self.id = id
        self.capsule = capsule
        self.title = title
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.limits = limits
    }
}

/// What may come in through a link; nil, or no types: not limited.
public struct LinkLimits: Hashable, Sendable {
    /// Uploads that are pending or stored.
    public var filesMax: UInt64?
    /// Uploads that were ever begun, also those that were aborted, expired or deleted.
    public var usesMax: UInt64?
    /// Bytes of the uploads that are pending or stored.
    public var bytesMax: UInt64?
    /// Bytes of one upload.
    public var fileBytesMax: UInt64?
    /// The accepted media types.
    public var types: [MediaRange]

    public init(
        filesMax: UInt64? = nil, usesMax: UInt64? = nil, bytesMax: UInt64? = nil, fileBytesMax: UInt64? = nil,
        types: [MediaRange] = []
    ) {
        self.filesMax = filesMax
        self.usesMax = usesMax
        self.bytesMax = bytesMax
        self.fileBytesMax = fileBytesMax
        self.types = types
    }
}

/// What came in through a link.
public struct LinkUsage: Hashable, Sendable {
    /// Uploads that were ever begun.
    public var uses: UInt64
    /// Uploads that are pending or stored.
    public var files: UInt64
    /// Bytes of these.
    public var bytes: UInt64

    public init(uses: UInt64 = 0, files: UInt64 = 0, bytes: UInt64 = 0) {
        self.uses = uses
        self.files = files
        self.bytes = bytes
    }
}

/// A link and what came in through it.
public struct LinkStatus: Hashable, Sendable {
    public let link: UploadLink
    public let usage: LinkUsage

    public init(link: UploadLink, usage: LinkUsage) {
        self.link = link
        self.usage = usage
    }

    /// Requires that an upload may begin through the link.
    ///
    /// - Throws: `link_expired`; `too_large` for a limit of the link; `type_not_accepted`; `invalid_argument` for a missing
    ///   length, and for a part of a concatenation or a concatenation, which would evade the limits of single files.
    package func requireUpload(
        length: UInt64?, contentType: String, isConcatenated: Bool, at now: Timestamp
    ) throws(UploadError) {
        let limits = link.limits
        guard now < link.expiresAt else { throw UploadError(.linkExpired) }
        guard !isConcatenated else {
            throw UploadError(.invalidArgument("parts", "cannot be uploaded through a link"))
        }
        guard limits.types.isEmpty || limits.types.contains(where: { $0.contains(contentType) }) else {
            throw UploadError(.typeNotAccepted(accepted: limits.types.map(\.text).joined(separator: ", ")))
        }
        // Otherwise it could grow after the expiry.
        guard let length else {
            throw UploadError(.invalidArgument("length", "has to be declared for an upload through a link"))
        }
        try Limits.require(usage.uses + 1, atMost: limits.usesMax ?? .max, .linkUses)
        try Limits.require(usage.files + 1, atMost: limits.filesMax ?? .max, .linkFiles)
        try Limits.require(length, atMost: limits.fileBytesMax ?? .max, .linkFileBytes)
        let (sum, overflow) = usage.bytes.addingReportingOverflow(length)
        try Limits.require(overflow ? .max : sum, atMost: limits.bytesMax ?? .max, .linkBytes)
    }
}

// MARK: - The caller

extension Principal {
    /// The start of the names of links' bearers. Authenticators must return no such name.
    public static let linkPrefix = "link:"

    /// The bearers of a link.
    public init(_ link: LinkId) {
        self.init(Self.linkPrefix + link.text)
    }

    /// The link whose bearer this is; nil for all other callers.
    public var link: LinkId? {
        guard name.hasPrefix(Self.linkPrefix) else { return nil }
        return LinkId(text: name.dropFirst(Self.linkPrefix.count))
    }
}
