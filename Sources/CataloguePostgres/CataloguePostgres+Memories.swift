public import SessionCore
public import UploadCore
public import UploadDerivation
public import UploadMemories

extension CataloguePostgres {
    public func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> Memory
    {
        try await write(byteCost: draft.inlineBytes) { queries throws(UploadError) in
            try queries.createMemory(draft, checkAccess: checkAccess)
        }
    }

    public func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        try await read { queries throws(UploadError) in try queries.memory(id) }
    }

    public func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        try await read { queries throws(UploadError) in
            try queries.memories(in: id, after: after, order: order, limit: limit)
        }
    }

    public func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory {
        try await write { queries throws(UploadError) in try queries.updateMemory(id, checkAccess: checkAccess, revise)
        }
    }

    public func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try await write(byteCost: asset.inlineBytes) { queries throws(UploadError) in
            try queries.addAsset(asset, to: id, limits: limits, checkAccess: checkAccess)
        }
    }

    public func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try await write { queries throws(UploadError) in
            try queries.removeAsset(asset, from: id, withBlob: withBlob, at: now, checkAccess: checkAccess)
        }
    }

    public func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await write { queries throws(UploadError) in
            try queries.deleteMemory(id, withBlobs: withBlobs, at: now, checkAccess: checkAccess)
        }
    }
}

extension NewAsset {
    fileprivate var inlineBytes: Int {
        if case .inline(let bytes, _) = draft.content { bytes.count } else { 0 }
    }
}

extension MemoryDraft {
    fileprivate var inlineBytes: Int { assets.reduce(0) { $0 + $1.inlineBytes } }
}

extension CataloguePostgres {
    public func derivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await read { queries throws(UploadError) in try queries.derivation(of: id) }
    }

    public func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        try await read { queries throws(UploadError) in
            try queries.derivations(in: id, state: state, order: order, after: after, limit: limit)
        }
    }

    public func countPendingDerivations(in id: CapsuleId) async throws(UploadError) -> UInt64 {
        try await read { queries throws(UploadError) in try queries.countPendingDerivations(in: id) }
    }

    public func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) async throws(UploadError) -> DueDerivations {
        try await read { queries throws(UploadError) in
            try queries.dueDerivations(at: now, after: caller, excluding: running, limit: limit)
        }
    }

    public func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await write { queries throws(UploadError) in try queries.startDerivation(of: id) }
    }

    public func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.postponeDerivation(
                of: id, attempt: attempt, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
        }
    }

    public func finishDerivation(
        of id: SessionId, attempt: Int, with memory: MemoryDraft
    ) async throws(UploadError) -> Memory? {
        try await write(byteCost: memory.inlineBytes) { queries throws(UploadError) in
            try queries.finishDerivation(of: id, attempt: attempt, with: memory)
        }
    }
}
