public import UploadModel

extension BlobDocument {
    public init(_ blob: Blob) {
        let chunkCount = blob.chunkSize.map { size in blob.size / size + (blob.size % size == 0 ? 0 : 1) }
        self.init(
            blob: blob.id.text, capsule: blob.capsule.text, size: blob.size, sha256: blob.digest.whole?.hex,
            name: blob.asset.name, type: blob.asset.contentType, chunkSize: blob.chunkSize, chunkCount: chunkCount,
            createdAt: WireTime(blob.createdAt))
    }
}
