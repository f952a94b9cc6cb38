import DeliberateFaults

/// The quotas of stored and reserved bytes, by the owners of capsules: the uploads of members count against the
/// owner of the capsule.
public struct Quotas: Hashable, Sendable {
    /// The quota in bytes of owners without one of their own; 0 for none.
    public var standardBytes: UInt64
    /// The quotas in bytes of single owners; 0 for none.
    public var bytesByOwner: [Principal: UInt64]

    public init(standardBytes: UInt64 = 0, bytesByOwner: [Principal: UInt64] = [:]) {
        self.standardBytes = standardBytes
        self.bytesByOwner = bytesByOwner
    }

    /// Without a quota for anyone.
    public static let none = Quotas()

    /// Sums of bytes stay below this bound even without a quota, far from the limit of a signed integer.
    package static let ceilingBytes: UInt64 = 1 << 62

    /// The quota of an owner in bytes; nil for none.
    public func bytes(of owner: Principal) -> UInt64? {
        let quota = bytesByOwner[owner] ?? standardBytes
        return quota == 0 ? nil : quota
    }

    /// Requires room for more bytes in an owner's quota. Without more bytes nothing is refused, also beyond a quota that
    /// was lowered.
    ///
    /// - Parameters:
    ///   - used: The owner's stored and reserved bytes.
    ///   - caller: Who stores them. Only the owner is told figures.
    /// - Throws: `too_large` if the quota has no room for these bytes even when empty, `quota_exceeded`.
    package func requireRoom(
        for bytes: UInt64, beside used: UInt64, of owner: Principal, caller: Principal?
    ) throws(UploadError) {
        guard bytes > 0, !DeliberateFault.ignoreQuotas.isOn else { return }
        let quota = self.bytes(of: owner) ?? Self.ceilingBytes
        guard used > quota || bytes > quota - used else { return }
        guard caller == owner else { throw UploadError(.quotaExceeded(nil)) }
        guard bytes <= quota else { throw UploadError(.limitExceeded(.quotaBytes, maximum: quota, actual: bytes)) }
        throw UploadError(.quotaExceeded(QuotaFigures(quota: quota, used: used, requested: bytes)))
    }
}

/// The figures of an exceeded quota, in bytes.
package struct QuotaFigures: Hashable, Sendable {
    package let quota: UInt64
    package let used: UInt64
    package let requested: UInt64

    package init(quota: UInt64, used: UInt64, requested: UInt64) {
        self.quota = quota
        self.used = used
        self.requested = requested
    }
}

/// What a principal uses, as an owner of capsules and as a caller.
///
/// An upload counts with its declared length from its beginning, and with its durable bytes while its length is unknown;
/// a concatenation, which stores no bytes, with none. It counts until its bytes are freed: a deleted part as long as a
/// concatenation refers to it.
public struct Usage: Hashable, Sendable {
    /// Bytes of the committed uploads and of the inline assets in the principal's capsules.
    public var storedBytes: UInt64
    /// Bytes of the pending uploads in the principal's capsules.
    public var reservedBytes: UInt64
    /// Capsules that the principal owns.
    public var capsules: UInt64
    /// Members of all these capsules.
    public var members: UInt64
    /// Pending uploads that the principal began, in all capsules.
    public var pendingUploads: UInt64
    /// Bytes of these.
    public var pendingBytes: UInt64

    public init(
        storedBytes: UInt64 = 0, reservedBytes: UInt64 = 0, capsules: UInt64 = 0, members: UInt64 = 0,
        pendingUploads: UInt64 = 0, pendingBytes: UInt64 = 0
    ) {
        self.storedBytes = storedBytes
        self.reservedBytes = reservedBytes
        self.capsules = capsules
        self.members = members
        self.pendingUploads = pendingUploads
        self.pendingBytes = pendingBytes
    }

    /// The bytes that count against the quota.
    public var quotaBytes: UInt64 { storedBytes + reservedBytes }
}

/// The usage of one principal.
public struct PrincipalUsage: Hashable, Sendable {
    public let principal: Principal
    public let usage: Usage

    public init(principal: Principal, usage: Usage) {
        self.principal = principal
        self.usage = usage
    }
}
