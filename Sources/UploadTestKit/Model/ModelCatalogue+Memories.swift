public import SessionCore
public import UploadCore

// MARK: - Capsules

extension ModelCatalogue {
    public func createCapsule(_ capsule: Capsule) async throws(UploadError) {
        try transact { state throws(UploadError) in try state.createCapsule(capsule) }
    }

    public func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? {
        read { $0.capsules[id] }
    }

    public func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule {
        try transact { state throws(UploadError) in try state.defaultCapsule(draft) }
    }

    public func capsules(
        of principal: Principal, after id: CapsuleId?, limit: Int
    ) async throws(UploadError) -> [Capsule] {
        read { $0.capsules(of: principal, after: id, limit: limit) }
    }

    public func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try transact { state throws(UploadError) in try state.updateCapsule(id, change, checkAccess: checkAccess) }
    }

    public func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try transact { state throws(UploadError) in
            try state.setRole(role, of: principal, in: id, checkAccess: checkAccess)
        }
    }
}

// MARK: - Memories

extension ModelCatalogue {
    public func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> Memory
    {
        try transact { state throws(UploadError) in try state.createMemory(draft, checkAccess: checkAccess) }
    }

    public func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        read { state in
            guard let memory = state.memories[id]?.memory, let capsule = state.capsules[memory.capsule]
            else { return nil }
            return (memory, capsule)
        }
    }

    public func memories(
        in id: CapsuleId, after: MemoryId?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        read { $0.memories(in: id, after: after, order: order, limit: limit) }
    }

    public func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping Revise
    ) async throws(UploadError) -> Memory {
        try transact { state throws(UploadError) in
            try state.update(id, checkAccess: checkAccess) { memory, _ throws(UploadError) in
                try revise(&memory.details)
            }
        }
    }

    public func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Memory {
        try transact { state throws(UploadError) in
            try state.addAsset(asset, to: id, limits: limits, checkAccess: checkAccess)
        }
    }

    public func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try transact { state throws(UploadError) in
            try state.removeAsset(asset, from: id, withBlob: withBlob, at: now, checkAccess: checkAccess)
        }
    }

    public func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try transact { state throws(UploadError) in
            try state.deleteMemory(id, withBlobs: withBlobs, at: now, checkAccess: checkAccess)
        }
    }
}
