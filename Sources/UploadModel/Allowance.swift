/// The limits that a catalogue checks in the transaction of a change, because they cover all capsules or other uploads.
public struct Allowance: Hashable, Sendable {
    /// Pending uploads of the caller in all capsules.
    public var callerUploadsMax: UInt64
    /// Bytes of these.
    public var callerBytesMax: UInt64
    public var quotas: Quotas
    /// Parts of a concatenation, those of its parts included.
    public var partsMax: UInt64
    /// How often a concatenation may contain the same part.
    public var partRepeatsMax: UInt64
    /// Bytes of a concatenation.
    public var concatenationBytesMax: UInt64

    public init(
        callerUploadsMax: UInt64 = .max, callerBytesMax: UInt64 = .max, quotas: Quotas = .none,
        partsMax: UInt64 = .max, partRepeatsMax: UInt64 = .max, concatenationBytesMax: UInt64 = .max
    ) {
        self.callerUploadsMax = callerUploadsMax
        self.callerBytesMax = callerBytesMax
        self.quotas = quotas
        self.partsMax = partsMax
        self.partRepeatsMax = partRepeatsMax
        self.concatenationBytesMax = concatenationBytesMax
    }

    public static let unlimited = Allowance()
}

extension Allowance {
    /// Requires that another upload may be pending.
    ///
    /// - Parameter usage: The caller's.
    /// - Throws: `too_many`.
    package func requirePendingUpload(beside usage: Usage) throws(UploadError) {
        try Limits.require(usage.pendingUploads + 1, atMost: callerUploadsMax, .activeUploadsPerCaller)
    }

    /// Requires that more bytes may be pending. Without more bytes nothing is refused.
    ///
    /// - Parameter usage: The caller's.
    /// - Throws: `too_many`.
    package func requirePendingBytes(_ bytes: UInt64, beside usage: Usage) throws(UploadError) {
        guard bytes > 0 else { return }
        let (sum, overflow) = usage.pendingBytes.addingReportingOverflow(bytes)
        try Limits.require(
            overflow ? .max : sum, atMost: min(callerBytesMax, Quotas.ceilingBytes), .pendingBytes)
    }
}
