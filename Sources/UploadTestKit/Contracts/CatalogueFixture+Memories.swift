import SessionCore
import UploadCore

extension CatalogueFixture {
    static let memoryLimits = MemoryLimits(inlineBudgetBytes: 1 << 20, assetsMax: 32)

    /// A blob of 25 bytes of the type text/plain.
    func blob(in capsule: Capsule) async throws -> BlobId {
        BlobId(try await committed(draft(capsule)).id)
    }

    /// A draft of a memory.
    ///
    /// - Parameter request: Stands for everything that the request's fingerprint covers.
    func memory(
        _ capsule: Capsule, id: MemoryId? = nil, creator: Principal? = nil, details: MemoryDetails = MemoryDetails(),
        assets: [NewAsset] = [], key: IdempotencyKey? = nil, request: String = "request",
        limits: MemoryLimits = memoryLimits, derivationError: String? = nil
    ) -> MemoryDraft {
        MemoryDraft(
            id: id ?? MemoryId(nextId()), capsule: capsule.id, creator: creator ?? ada, details: details,
            createdAt: time(3), assets: assets, key: key, fingerprint: Digest(of: Array(request.utf8)), limits: limits,
            derivationError: derivationError)
    }

    func asset(_ blob: BlobId) -> NewAsset {
        let draft = AssetDraft(kind: .original, content: .blob(blob), width: 640, height: .max)
        return NewAsset(id: AssetId(nextId()), draft: draft, digest: nil)
    }

    func inline(_ text: String) -> NewAsset {
        let bytes = Array(text.utf8)
        let draft = AssetDraft(kind: AssetKind("small"), content: .inline(bytes, contentType: "image/webp"), width: 0)
        return NewAsset(id: AssetId(nextId()), draft: draft, digest: Digest(of: bytes))
    }

    func add(
        _ asset: NewAsset, to id: MemoryId, _ limits: MemoryLimits = memoryLimits
    ) async throws -> Memory {
        try await catalogue.addAsset(asset, to: id, limits: limits, checkAccess: admitAll)
    }

    /// The assets of a draft as the memory must show them: for a blob, type, size and digest are the blob's.
    func expectedAssets(_ draft: MemoryDraft, blobSize: UInt64) throws -> [Asset] {
        try draft.assets.map { new in
            let (contentType, size, digest, content): (String, UInt64, Digest?, Asset.Content) =
                switch new.draft.content {
                case .blob(let id): ("text/plain", blobSize, self.digest("bytes").digest, .blob(id))
                case .inline(let bytes, let type): (type, UInt64(bytes.count), new.digest, .inline(bytes))
                }
            return Asset(
                id: new.id, kind: new.draft.kind, contentType: contentType, size: size, width: new.draft.width,
                height: new.draft.height, digest: try requireValue(digest, "the digest of the draft"), content: content)
        }
    }
}
