import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

// Memories, derivations and receipts.
extension FaultyCatalogue {
    func createMemory(_ draft: MemoryDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Memory {
        let altered = MemoryDraft(
            id: draft.id, capsule: draft.capsule, creator: draft.creator, details: draft.details,
            createdAt: draft.createdAt, assets: mistake == .losesAssets ? [] : draft.assets,
            key: mistake == .forgetsMemoryKeys ? nil : draft.key, fingerprint: draft.fingerprint,
            limits: limits(draft.limits), derivationError: draft.derivationError, derivationNote: draft.derivationNote)
        return try await model.createMemory(altered, checkAccess: checkAccess)
    }

    private func limits(_ limits: MemoryLimits) -> MemoryLimits {
        mistake == .ignoresBudget ? MemoryLimits(inlineBudgetBytes: .max, assetsMax: limits.assetsMax) : limits
    }

    func memory(_ id: MemoryId) async throws(UploadError) -> (memory: Memory, capsule: Capsule)? {
        try await model.memory(id)
    }

    func memories(
        in id: CapsuleId, after: MemoryPosition?, order: MemoryOrder, limit: Int
    ) async throws(UploadError) -> [Memory] {
        try await model.memories(
            in: id, after: after, order: mistake == .ignoresOrder ? .oldestFirst : order, limit: limit)
    }

    func updateMemory(
        _ id: MemoryId, checkAccess: @escaping AccessCheck, _ revise: @escaping MemoryRevision
    ) async throws(UploadError) -> Memory {
        try await model.updateMemory(id, checkAccess: checkAccess, revise)
    }

    func addAsset(
        _ asset: NewAsset, to id: MemoryId, limits: MemoryLimits, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, isNew: Bool) {
        try await model.addAsset(asset, to: id, limits: self.limits(limits), checkAccess: checkAccess)
    }

    func removeAsset(
        _ asset: AssetId, from id: MemoryId, withBlob: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> (memory: Memory, garbage: [ObjectKey]) {
        try await model.removeAsset(
            asset, from: id, withBlob: withBlob && mistake != .keepsBlobs, at: now, checkAccess: checkAccess)
    }

    func deleteMemory(
        _ id: MemoryId, withBlobs: Bool, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await model.deleteMemory(
            id, withBlobs: withBlobs && mistake != .keepsBlobs, at: now, checkAccess: checkAccess)
    }
}

// MARK: - Derivations

extension FaultyCatalogue {
    func derivation(of id: SessionId) async throws(UploadError) -> Derivation? { try await model.derivation(of: id) }

    func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        try await model.derivations(in: id, state: state, order: order, after: after, limit: limit)
    }

    func countPendingDerivations(in id: CapsuleId) async throws(UploadError) -> UInt64 {
        try await model.countPendingDerivations(in: id)
    }

    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) async throws(UploadError) -> DueDerivations {
        let caller = mistake == .servesOneCaller ? nil : caller
        return try await model.dueDerivations(at: now, after: caller, excluding: running, limit: limit)
    }

    func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await model.startDerivation(of: id)
    }

    func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        let current = try await model.derivation(of: id)?.attempts
        try await model.postponeDerivation(
            of: id, attempt: mistake == .postponesForOthers ? current : attempt, until: time, reason: reason,
            takesAttemptBack: takesAttemptBack && mistake != .countsEveryAttempt)
    }

    func finishDerivation(
        of id: SessionId, attempt: Int, with memory: MemoryDraft
    ) async throws(UploadError) -> Memory? {
        if mistake == .derivesTwice { return try await model.createMemory(memory) { _ in } }
        let current = try await model.derivation(of: id)?.attempts
        return try await model.finishDerivation(
            of: id, attempt: mistake == .failsForOthers ? current ?? attempt : attempt, with: memory)
    }
}

extension FaultyCatalogue: SegmentCatalogue {
    func announce(_ keys: [ObjectKey]) async throws(UploadError) { try await model.announce(keys) }

    func receipts(of key: ObjectKey, in range: Range<UInt64>) async throws(UploadError) -> [StorageReceipt] {
        try await model.receipts(of: key, in: range)
    }
}
