import SessionCore
import UploadCore

extension ModelState {
    mutating func createMemory(_ draft: MemoryDraft, admit: ModelCatalogue.Admit) throws(UploadError) -> Memory {
        let capsule = try requireCapsule(draft.capsule)
        try admit(capsule)
        let owner = SessionOwner(capsule: draft.capsule, caller: draft.creator)
        let key = draft.key.map { ModelKey(owner: owner, key: $0) }
        if let earlier = key.flatMap({ memoryKeys[$0] }).flatMap({ memories[$0] }) {
            guard earlier.fingerprint == draft.fingerprint else { throw UploadError(.idempotencyConflict) }
            return earlier.memory
        }
        guard memories[draft.id] == nil else { throw UploadError(.alreadyExists) }
        var assets: [Asset] = []
        for new in draft.assets { assets.append(try asset(new, in: draft.capsule)) }
        try requireBudget(for: assets, in: draft.capsule, draft.limits)

        let memory = Memory(
            id: draft.id, capsule: draft.capsule, creator: draft.creator, details: draft.details,
            createdAt: draft.createdAt, assets: assets)
        memories[draft.id] = ModelMemory(memory: memory, key: draft.key, fingerprint: draft.fingerprint)
        if let key { memoryKeys[key] = draft.id }
        return memory
    }

    func memories(in id: CapsuleId, after: MemoryId?, limit: Int) -> [Memory] {
        let matching = memories.values.map(\.memory).filter { memory in
            if let after, memory.id <= after { return false }
            return memory.capsule == id
        }
        return Array(matching.sorted { $0.id < $1.id }.prefix(max(0, limit)))
    }

    /// Applies one change to a memory of a capsule that admits it.
    mutating func update(
        _ id: MemoryId, admit: ModelCatalogue.Admit,
        _ change: (inout Memory, ModelState) throws(UploadError) -> Void
    ) throws(UploadError) -> Memory {
        guard var memory = memories[id]?.memory else { throw UploadError(.notFound(.memory)) }
        try admit(requireCapsule(memory.capsule))
        try change(&memory, self)
        memories[id]?.memory = memory
        return memory
    }

    mutating func addAsset(
        _ new: NewAsset, to id: MemoryId, limits: MemoryLimits, admit: ModelCatalogue.Admit
    ) throws(UploadError) -> Memory {
        try update(id, admit: admit) { memory, state throws(UploadError) in
            try Limits.require(UInt64(memory.assets.count) + 1, atMost: limits.assetsMax, .assets)
            guard !memory.assets.contains(where: { $0.id == new.id }) else { throw UploadError(.alreadyExists) }
            let asset = try state.asset(new, in: memory.capsule)
            try state.requireBudget(for: [asset], in: memory.capsule, limits)
            memory.assets.append(asset)
        }
    }

    mutating func removeAsset(
        _ asset: AssetId, from id: MemoryId, admit: ModelCatalogue.Admit
    ) throws(UploadError) -> Memory {
        try update(id, admit: admit) { memory, _ throws(UploadError) in
            guard let index = memory.assets.firstIndex(where: { $0.id == asset }) else {
                throw UploadError(.notFound(.asset))
            }
            memory.assets.remove(at: index)
        }
    }

    mutating func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, admit: ModelCatalogue.Admit
    ) throws(UploadError) -> [ObjectKey] {
        guard let deleted = memories[id] else { throw UploadError(.notFound(.memory)) }
        let memory = deleted.memory
        try admit(requireCapsule(memory.capsule))
        memories[id] = nil
        if let key = deleted.key {
            memoryKeys[ModelKey(owner: SessionOwner(capsule: memory.capsule, caller: memory.creator), key: key)] = nil
        }
        guard withBlobs else { return [] }
        var freed: [ObjectKey] = []
        for blob in memory.blobs where !isInUse(blob) {
            // One that two assets of the memory used has ended already.
            guard let upload = uploads[blob.value], upload.isBlob else { continue }
            freed += end(upload, as: .aborted(at: now))
        }
        return freed
    }
}
