public import UploadModel

/// `GET /v1/blobs/{blob}/meta`.
public struct BlobDocument: Codable, Hashable, Sendable {
    public var blob: String
    public var capsule: String
    public var size: UInt64
    /// The digest of all bytes in hexadecimal; absent for a concatenation, whose parts alone were verified.
    public var sha256: String?
    public var name: String
    public var type: String
    /// The chunk size of the upload; absent for an append or a concatenation.
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

extension BlobDocument {
    public init(_ blob: Blob) {
        let chunkCount = blob.chunkSize.map { size in blob.size / size + (blob.size % size == 0 ? 0 : 1) }
        self.init(
            blob: blob.id.text, capsule: blob.capsule.text, size: blob.size, sha256: blob.digest.whole?.hex,
            name: blob.asset.name, type: blob.asset.contentType, chunkSize: blob.chunkSize, chunkCount: chunkCount,
            createdAt: WireTime(blob.createdAt))
    }
}
