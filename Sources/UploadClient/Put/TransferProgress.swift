/// How far an upload or a download is. All numbers are bytes.
public struct TransferProgress: Hashable, Sendable {
    /// Of the upload, once it is known; none for a download.
    public var upload: String?
    /// What is safe: acknowledged by the server, or written to the file.
    public var doneBytes: UInt64
    /// On its way and not acknowledged yet.
    public var inFlightBytes: UInt64
    /// Unknown for a stream.
    public var totalBytes: UInt64?
    /// What an earlier run had done already.
    public var resumedBytes: UInt64

    public init(
        upload: String? = nil, doneBytes: UInt64 = 0, inFlightBytes: UInt64 = 0, totalBytes: UInt64? = nil,
        resumedBytes: UInt64 = 0
    ) {
        self.upload = upload
        self.doneBytes = doneBytes
        self.inFlightBytes = inFlightBytes
        self.totalBytes = totalBytes
        self.resumedBytes = resumedBytes
    }
}
