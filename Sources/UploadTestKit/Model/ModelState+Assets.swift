import SessionCore
import UploadCore

extension ModelState {
    func isInUse(_ blob: BlobId) -> Bool {
        memories.values.contains { $0.memory.blobs.contains(blob) }
    }

    /// An asset as it is recorded: what a blob says of itself counts, not what the draft says.
    func asset(_ new: NewAsset, in capsule: CapsuleId) throws(UploadError) -> Asset {
        let draft = new.draft
        switch draft.content {
        case .blob(let id):
            guard let (blob, home) = blob(id), home.id == capsule else { throw UploadError(.notFound(.blob)) }
            return Asset(
                id: new.id, kind: draft.kind, contentType: blob.asset.contentType, size: blob.size, width: draft.width,
                height: draft.height, digest: blob.digest.digest, content: .blob(id))
        case .inline(let bytes, let contentType):
            return Asset(
                id: new.id, kind: draft.kind, contentType: contentType, size: UInt64(bytes.count), width: draft.width,
                height: draft.height, digest: new.digest ?? Digest(of: bytes), content: .inline(bytes))
        }
    }

    /// A capsule over its budget, because the budget was lowered, still takes assets without inline bytes.
    func requireBudget(
        for assets: [Asset], in capsule: CapsuleId, _ limits: MemoryLimits
    ) throws(UploadError) {
        let more = assets.reduce(0) { $0 + $1.inlineBytes }
        guard more > 0 else { return }
        let held = memories.values.filter { $0.memory.capsule == capsule }.flatMap(\.memory.assets)
        let total = held.reduce(more) { $0 + $1.inlineBytes }
        try Limits.require(total, atMost: limits.inlineBudgetBytes, .inlineBudgetBytes)
    }
}

extension Memory {
    var blobs: [BlobId] {
        assets.compactMap { asset in
            if case .blob(let id) = asset.content { id } else { nil }
        }
    }
}

extension Asset {
    var inlineBytes: UInt64 {
        if case .inline = content { size } else { 0 }
    }
}
