/// `GET /v1/blobs/{blob}/meta`.
public struct BlobDocument: Codable, Hashable, Sendable {
    public var blob: String
    public var capsule: String
    public var size: UInt64
    /// Of all bytes in hexadecimal; missing for a concatenation whose parts were verified and not the whole.
    public var sha256: String?
    public var name: String
    public var type: String
    /// The chunk size it was uploaded with; none for one that was appended to or concatenated.
    public var chunkSize: UInt64?
    public var chunkCount: UInt64?
    public var createdAt: WireTime

    public init(
        blob: String, capsule: String, size: UInt64, sha256: String?, name: String, type: String, chunkSize: UInt64?,
        chunkCount: UInt64?, createdAt: WireTime
    ) {
        self.blob = blob
        self.capsule = capsule
        self.size = size
        self.sha256 = sha256
        self.name = name
        self.type = type
        self.chunkSize = chunkSize
        self.chunkCount = chunkCount
        self.createdAt = createdAt
    }
}
