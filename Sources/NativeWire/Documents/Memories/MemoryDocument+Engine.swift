public import UploadModel

extension MemoryDocument {
    /// - Parameter includesInline: Whether to include the bytes of inline assets.
    public init(_ memory: Memory, includesInline: Bool = false) {
        let details = memory.details
        self.init(
            id: memory.id.text, capsule: memory.capsule.text, creator: memory.creator.name, title: details.title,
            description: details.text, tags: details.tags, type: details.type,
            takenAt: details.takenAt.map { WireTime($0) }, createdAt: WireTime(memory.createdAt),
            state: memory.derivationError == nil ? .complete : .originalOnly, reason: memory.derivationError,
            thumbhash: details.thumbHash.map { WireBytes($0) },
            assets: memory.assets.map { AssetDocument($0, includesInline: includesInline) })
    }
}

extension AssetDocument {
    init(_ asset: Asset, includesInline: Bool) {
        self.init(
            id: asset.id.text, kind: asset.kind.name, type: asset.contentType, size: asset.size, width: asset.width,
            height: asset.height, sha256: asset.digest.hex)
        switch asset.content {
        case .blob(let id): blob = id.text
        case .inline(let bytes):
            inline = true
            if includesInline { data = WireBytes(bytes) }
        }
    }
}
