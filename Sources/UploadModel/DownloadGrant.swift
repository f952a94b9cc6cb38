import SessionCore

/// What a browser may download without the caller's token: a browser sends none for links and films, and an address
/// with the token itself would be in logs and histories.
public struct DownloadGrant: Hashable, Sendable {
    public let blobs: [BlobId]
    /// The name of the archive; nil for a single blob as it is.
    public let archive: String?
    /// Whose access counts when the download begins.
    public let principal: Principal

    public init(blobs: [BlobId], archive: String?, principal: Principal) {
        self.blobs = blobs
        self.archive = archive
        self.principal = principal
    }
}

/// The last segment of the address of a prepared download: a bearer token of 128 random bits.
public struct DownloadTicket: Hashable, Sendable {
    /// How long a ticket is valid: a download begins, and a film ends, within it.
    public static let lifetimeMilliseconds: Int64 = 600_000
    /// Unlike that of any id, so that the access log does not take a ticket for one.
    private static let prefix = "dl_"

    private let value: SessionId

    private init(_ value: SessionId) {
        self.value = value
    }

    /// - Returns: nil for anything but the prefix and 32 hexadecimal digits.
    public init?(text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix), let value = SessionId(text: text.dropFirst(Self.prefix.count)) else {
            return nil
        }
        self.value = value
    }

    public static func random() -> DownloadTicket {
        var random = SystemRandomNumberGenerator()
        return DownloadTicket(SessionId(high: random.next(), low: random.next()))
    }

    public var text: String { Self.prefix + value.text }
    /// What a catalogue stores in its place, so that a copy of the catalogue contains no ticket.
    public var key: Digest { Digest(of: value.bytes) }
}
