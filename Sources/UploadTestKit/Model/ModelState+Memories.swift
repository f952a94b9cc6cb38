import SessionCore
import UploadCore
import UploadMemories

extension ModelState {
    mutating func createMemory(_ draft: MemoryDraft, checkAccess: AccessCheck) throws(UploadError)
        -> Memory
    {
        let capsule = try requireCapsule(draft.capsule)
        try checkAccess(capsule)
        let owner = SessionOwner(capsule: draft.capsule, caller: draft.creator)
        let key = draft.key.map { ModelKey(owner: owner, key: $0) }
        if let earlier = key.flatMap({ memoryKeys[$0] }).flatMap({ memories[$0] }) {
            guard earlier.fingerprint == draft.fingerprint else { throw UploadError(.idempotencyConflict) }
            return earlier.memory
        }
        guard memories[draft.id] == nil else { throw UploadError(.alreadyExists) }
        var assets: [Asset] = []
        for new in draft.assets { assets.append(try asset(new, in: draft.capsule)) }
        for new in draft.companions {
            guard case .blob(let id) = new.draft.content, blob(id)?.capsule.id == draft.capsule else { continue }
            assets.append(try asset(new, in: draft.capsule))
        }
        try requireBudget(for: assets, in: draft.capsule, draft.limits)

        let memory = Memory(
            id: draft.id, capsule: draft.capsule, creator: draft.creator, details: draft.details,
            createdAt: draft.createdAt, assets: assets, derivationError: draft.derivationError,
            derivationNote: draft.derivationNote)
        memories[draft.id] = ModelMemory(memory: memory, key: draft.key, fingerprint: draft.fingerprint)
        if let key { memoryKeys[key] = draft.id }
        return memory
    }

    func memories(in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int) -> [Memory] {
        func precedes(_ first: MemoryPosition, _ second: MemoryPosition) -> Bool {
            let (first, second) = order.isNewestFirst ? (second, first) : (first, second)
            guard order.isByCapture, first.shownAt != second.shownAt else { return first.id < second.id }
            return first.shownAt < second.shownAt
        }
        let matching = memories.values.map(\.memory)
            .filter { memory in memory.capsule == id && after.map { precedes($0, memory.position) } ?? true }
            .sorted { precedes($0.position, $1.position) }
        return Array(matching.prefix(max(0, limit)))
    }

    /// Checks access and applies a change to a memory.
    mutating func update(
        _ id: MemoryId, checkAccess: AccessCheck,
        _ change: (inout Memory, ModelState) throws(UploadError) -> Void
    ) throws(UploadError) -> Memory {
        guard var memory = memories[id]?.memory else { throw UploadError(.notFound(.memory)) }
        try checkAccess(requireCapsule(memory.capsule))
        try change(&memory, self)
        memories[id]?.memory = memory
        return memory
    }

    mutating func addAsset(
        _ new: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: AccessCheck
    ) throws(UploadError) -> (memory: Memory, isNew: Bool) {
        var isNew = true
        let memory = try update(id, checkAccess: checkAccess) { memory, state throws(UploadError) in
            let asset = try state.asset(new, in: memory.capsule)
            if let present = memory.assets.first(where: { $0.id == new.id }) {
                guard present == asset else { throw UploadError(.alreadyExists) }
                isNew = false
                return
            }
            try Limits.require(UInt64(memory.assets.count) + 1, atMost: limits.assetsMax, .assets)
            try state.requireBudget(for: [asset], in: memory.capsule, limits)
            memory.assets.append(asset)
        }
        return (memory, isNew)
    }

    mutating func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        var removed: [BlobId] = []
        let memory = try update(id, checkAccess: checkAccess) { memory, _ throws(UploadError) in
            guard let index = memory.assets.firstIndex(where: { $0.id == asset }) else {
                throw UploadError(.notFound(.asset))
            }
            if case .blob(let blob) = memory.assets.remove(at: index).content { removed = [blob] }
        }
        return (memory, withBlob ? endBlobs(removed, at: now) : [])
    }

    /// Ends the blobs of removed assets, unless another asset uses them.
    private mutating func endBlobs(_ blobs: [BlobId], at now: Timestamp) -> [ObjectKey] {
        var freed: [ObjectKey] = []
        for blob in blobs where !isInUse(blob) {
            // A blob used by two of the assets has ended already.
            guard let upload = uploads[blob.value], upload.isBlob else { continue }
            freed += end(upload, as: .aborted(at: now))
        }
        return freed
    }

    mutating func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        guard let deleted = memories[id] else { throw UploadError(.notFound(.memory)) }
        let memory = deleted.memory
        try checkAccess(requireCapsule(memory.capsule))
        memories[id] = nil
        if let key = deleted.key {
            memoryKeys[ModelKey(owner: SessionOwner(capsule: memory.capsule, caller: memory.creator), key: key)] = nil
        }
        return withBlobs ? endBlobs(memory.blobs, at: now) : []
    }
}

extension ModelState {
    func isInUse(_ blob: BlobId) -> Bool {
        memories.values.contains { $0.memory.blobs.contains(blob) }
    }

    /// Turns a draft into an asset. For a blob, type, size and digest are the blob's.
    func asset(_ new: NewAsset, in capsule: CapsuleId) throws(UploadError) -> Asset {
        switch new.draft.content {
        case .blob(let id):
            guard let (blob, home) = blob(id), home.id == capsule else { throw UploadError(.notFound(.blob)) }
            return new.asset(
                contentType: blob.asset.contentType, size: blob.size, digest: blob.digest.digest, content: .blob(id))
        case .inline(let bytes, let contentType):
            return new.asset(
                contentType: contentType, size: UInt64(bytes.count), digest: new.digest ?? Digest(of: bytes),
                content: .inline(bytes))
        }
    }

    /// A capsule beyond a lowered budget still accepts assets without inline bytes.
    func requireBudget(
        for assets: [Asset], in capsule: CapsuleId, _ limits: MemoryLimits
    ) throws(UploadError) {
        let more = assets.reduce(0) { $0 + $1.inlineBytes }
        guard more > 0 else { return }
        let held = memories.values.filter { $0.memory.capsule == capsule }.flatMap(\.memory.assets)
        let total = held.reduce(more) { $0 + $1.inlineBytes }
        try Limits.require(total, atMost: limits.inlineBudgetBytes, .inlineBudgetBytes)
        let owner = try requireCapsule(capsule).owner
        try limits.quotas.requireRoom(
            for: more, beside: usage(of: owner).quotaBytes, of: owner, caller: limits.caller)
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
