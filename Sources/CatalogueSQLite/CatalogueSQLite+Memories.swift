public import SessionCore
public import UploadCore

// MARK: - Capsules

extension CatalogueSQLite {
    public func createCapsule(_ capsule: Capsule) async throws(UploadError) {
        try await write { tables throws(UploadError) in try tables.createCapsule(capsule) }
    }

    public func capsule(_ id: CapsuleId) async throws(UploadError) -> Capsule? {
        try await read { tables throws(UploadError) in try tables.capsule(id) }
    }

    public func defaultCapsule(_ draft: Capsule) async throws(UploadError) -> Capsule {
        try await write { tables throws(UploadError) in try tables.defaultCapsule(draft) }
    }

    public func capsules(
        of principal: Principal, after id: CapsuleId?, limit: Int
    ) async throws(UploadError) -> [Capsule] {
        try await read { tables throws(UploadError) in try tables.capsules(of: principal, after: id, limit: limit) }
    }

    public func updateCapsule(
        _ id: CapsuleId, _ change: CapsuleChange, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Capsule {
        try await write { tables throws(UploadError) in try tables.updateCapsule(id, change, checkAccess: checkAccess) }
    }

    public func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await write { tables throws(UploadError) in
            try tables.setRole(role, of: principal, in: id, checkAccess: checkAccess)
        }
    }
}

// MARK: - Memories

extension CatalogueSQLite {
    public func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> Memory
    {
        try await write(weight: draft.inlineBytes) { tables throws(UploadError) in
            try tables.createMemory(draft, checkAccess: checkAccess)
        }
    }

    public func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        try await read { tables throws(UploadError) in try tables.memory(id) }
    }

    public func memories(
        in id: CapsuleId, after: MemoryId?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        try await read { tables throws(UploadError) in
            try tables.memories(in: id, after: after, order: order, limit: limit)
        }
    }

    public func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping Revise
    ) async throws(UploadError) -> Memory {
        try await write { tables throws(UploadError) in try tables.updateMemory(id, checkAccess: checkAccess, revise) }
    }

    public func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> Memory {
        try await write { tables throws(UploadError) in
            try tables.addAsset(asset, to: id, limits: limits, checkAccess: checkAccess)
        }
    }

    public func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try await write { tables throws(UploadError) in
            try tables.removeAsset(asset, from: id, withBlob: withBlob, at: now, checkAccess: checkAccess)
        }
    }

    public func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await write { tables throws(UploadError) in
            try tables.deleteMemory(id, withBlobs: withBlobs, at: now, checkAccess: checkAccess)
        }
    }
}

extension MemoryDraft {
    var inlineBytes: Int {
        assets.reduce(0) { sum, asset in
            if case .inline(let bytes, _) = asset.draft.content { sum + bytes.count } else { sum }
        }
    }
}
