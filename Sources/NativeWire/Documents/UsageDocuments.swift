public import UploadModel

/// What a principal uses, as an owner of capsules and as a caller. Sizes in bytes.
public struct UsageDocument: Codable, Hashable, Sendable {
    public var principal: String
    /// The quota of stored and reserved bytes; nil for none.
    public var quotaBytes: UInt64?
    /// Of the committed uploads and inline assets in the principal's capsules.
    public var storedBytes: UInt64
    /// Of the pending uploads in the principal's capsules.
    public var reservedBytes: UInt64
    /// Capsules that the principal owns.
    public var capsules: UInt64
    /// Members of these capsules.
    public var members: UInt64
    /// Pending uploads that the principal began, in all capsules.
    public var pendingUploads: UInt64
    /// Bytes of these.
    public var pendingBytes: UInt64

    public init(_ usage: Usage, of principal: Principal, quotas: Quotas) {
        self.principal = principal.name
        quotaBytes = quotas.bytes(of: principal)
        storedBytes = usage.storedBytes
        reservedBytes = usage.reservedBytes
        capsules = usage.capsules
        members = usage.members
        pendingUploads = usage.pendingUploads
        pendingBytes = usage.pendingBytes
    }
}

/// `GET /v1/usage`: one page of what principals use, in the order of their names.
public struct UsageListDocument: Codable, Hashable, Sendable {
    public var usage: [UsageDocument]
    /// The cursor of the next page.
    public var next: String?

    public init(usage: [UsageDocument], next: String?) {
        self.usage = usage
        self.next = next
    }
}
