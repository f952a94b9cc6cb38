import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

/// The state of a derivation, in addition to its upload.
struct ModelDerivation: Sendable {
    var state = Derivation.State.pending
    var attempts = 0
    var dueAt: Timestamp
    var reason: String?
    var memory: MemoryId?
}

extension ModelState {
    func derivation(of id: SessionId) -> Derivation? {
        guard let upload = uploads[id], let recipe = upload.record.meta.recipe, let derivation = derivations[id]
        else { return nil }
        let meta = upload.record.meta
        return Derivation(
            upload: id, capsule: meta.capsule, caller: meta.caller, recipe: recipe,
            asset: AssetMetadata(
                name: meta.asset.name, contentType: meta.asset.contentType, modifiedAt: meta.asset.modifiedAt),
            companions: meta.companions, state: derivation.state, attempts: derivation.attempts,
            dueAt: derivation.dueAt, reason: derivation.reason, memory: derivation.memory)
    }

    func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) -> [Derivation] {
        func isOrdered(_ one: SessionId, _ other: SessionId) -> Bool {
            order == .oldestFirst ? one < other : one > other
        }
        let matching = derivations.keys.compactMap { derivation(of: $0) }.filter { derivation in
            if let after, !isOrdered(after, derivation.upload) { return false }
            return derivation.capsule == id && (state == nil || derivation.state == state)
        }
        return Array(matching.sorted { isOrdered($0.upload, $1.upload) }.prefix(max(0, limit)))
    }

    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) -> DueDerivations {
        let pending = derivations.keys.compactMap { derivation(of: $0) }.filter { $0.state == .pending }
        // Of those due at the same time, the one whose upload was begun last.
        func rank(_ derivation: Derivation) -> (Timestamp, UInt64) {
            (derivation.dueAt, uploads[derivation.upload]?.number ?? 0)
        }
        let due = pending.filter { $0.dueAt <= now && !running.contains($0.upload) }
            .sorted { rank($0) > rank($1) }
        let byCaller = Dictionary(grouping: due, by: \.caller).sorted { $0.key < $1.key }
        let isLater = { (other: Principal) in caller.map { $0 < other } ?? true }
        let turns = byCaller.filter { isLater($0.key) } + byCaller.filter { !isLater($0.key) }
        return DueDerivations(
            turnsOf: turns.map(\.value), limit: limit, nextDueAt: pending.map(\.dueAt).filter { $0 > now }.min())
    }

    func countPendingDerivations(of caller: Principal) -> UInt64 {
        UInt64(
            derivations.keys.count { derivation(of: $0).map { $0.state == .pending && $0.caller == caller } ?? false })
    }

    /// Called after the commit of an upload.
    mutating func beginDerivation(of upload: ModelUpload, at now: Timestamp) {
        guard upload.record.meta.recipe != nil else { return }
        derivations[upload.record.id] = ModelDerivation(dueAt: now)
    }

    /// Called after the end of an upload.
    mutating func failDerivation(of id: SessionId) {
        guard derivations[id]?.state == .pending else { return }
        derivations[id]?.state = .failed
        derivations[id]?.reason = Derivation.originalDeleted
    }

    mutating func startDerivation(of id: SessionId) -> Derivation? {
        guard derivations[id]?.state == .pending else { return nil }
        derivations[id]?.attempts += 1
        return derivation(of: id)
    }

    mutating func postponeDerivation(
        of id: SessionId, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) {
        guard var derivation = derivations[id], derivation.state == .pending else { return }
        if takesAttemptBack { derivation.attempts = max(0, derivation.attempts - 1) }
        derivation.dueAt = time
        derivation.reason = reason
        derivations[id] = derivation
    }

    mutating func finishDerivation(of id: SessionId, with draft: MemoryDraft) throws(UploadError) -> Memory? {
        guard var derivation = derivations[id], derivation.state == .pending else { return nil }
        if let type = draft.correctedType { uploads[id]?.record.meta.asset.contentType = type }
        let memory = try createMemory(draft) { _ in }
        derivation.state = draft.derivationError == nil ? .done : .failed
        derivation.reason = draft.derivationError
        derivation.memory = memory.id
        derivations[id] = derivation
        return memory
    }
}
