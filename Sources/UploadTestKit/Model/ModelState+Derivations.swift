import DeliberateFaults
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
    /// The engine that has started it, and when by the clock of the catalogue.
    var holder: Int?
    var heldSince: Int64 = 0
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

    /// When an engine may start a derivation by the clock of the catalogue: a started one is left to its engine for a time.
    private func freeAt(_ derivation: ModelDerivation, for engine: Int) -> Int64 {
        guard let aging, let holder = derivation.holder, holder != engine else { return .min }
        return derivation.heldSince + aging.derivationLifetime
    }

    private func isFree(_ id: SessionId, for engine: Int) -> Bool {
        guard let aging, let derivation = derivations[id] else { return true }
        return freeAt(derivation, for: engine) <= aging.now
    }

    func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int, for engine: Int
    ) -> DueDerivations {
        let pending = derivations.keys.compactMap { derivation(of: $0) }.filter { $0.state == .pending }
        // Of those due at the same time, the one whose upload was begun last.
        func rank(_ derivation: Derivation) -> (Timestamp, UInt64) {
            (derivation.dueAt, uploads[derivation.upload]?.number ?? 0)
        }
        let due =
            pending
            .filter { $0.dueAt <= now && !running.contains($0.upload) && isFree($0.upload, for: engine) }
            .sorted { rank($0) > rank($1) }
        let byCaller = Dictionary(grouping: due, by: \.caller).sorted { $0.key < $1.key }
        let isLater = { (other: Principal) in caller.map { $0 < other } ?? true }
        let turns = byCaller.filter { isLater($0.key) } + byCaller.filter { !isLater($0.key) }
        var alarms = pending.map(\.dueAt).filter { $0 > now }
        if let aging {
            // When those that other engines have started are free.
            for derivation in pending where derivation.dueAt <= now && !isFree(derivation.upload, for: engine) {
                guard let held = derivations[derivation.upload] else { continue }
                alarms.append(now.advanced(byMilliseconds: freeAt(held, for: engine) - aging.now + 1))
            }
        }
        return DueDerivations(turnsOf: turns.map(\.value), limit: limit, nextDueAt: alarms.min())
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

    mutating func startDerivation(of id: SessionId, by engine: Int) -> Derivation? {
        guard derivations[id]?.state == .pending, isFree(id, for: engine) else { return nil }
        derivations[id]?.attempts += 1
        derivations[id]?.holder = engine
        derivations[id]?.heldSince = aging?.now ?? 0
        return derivation(of: id)
    }

    /// Whether an attempt of an engine is the last one begun.
    private func isCurrent(_ attempt: Int, of derivation: ModelDerivation, by engine: Int) -> Bool {
        derivation.attempts == attempt && (aging == nil || derivation.holder == engine)
    }

    mutating func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool, by engine: Int
    ) {
        guard var derivation = derivations[id], derivation.state == .pending else { return }
        if let attempt {
            guard isCurrent(attempt, of: derivation, by: engine) else { return }
            if takesAttemptBack { derivation.attempts -= 1 }
            derivation.dueAt = time
        } else {
            guard aging == nil || derivation.holder == nil || derivation.holder == engine else { return }
            derivation.dueAt = max(derivation.dueAt, time)
        }
        derivation.holder = nil
        derivation.reason = reason
        derivations[id] = derivation
    }

    mutating func finishDerivation(
        of id: SessionId, attempt: Int, with draft: MemoryDraft, by engine: Int
    ) throws(UploadError) -> Memory? {
        guard var derivation = derivations[id] else { return nil }
        guard derivation.state == .pending || DeliberateFault.finishDerivationsTwice.isOn && derivation.state == .done
        else { return nil }
        guard draft.derivationError == nil || isCurrent(attempt, of: derivation, by: engine) else { return nil }
        if let type = draft.correctedType { uploads[id]?.record.meta.asset.contentType = type }
        let memory = try createMemory(draft) { _ in }
        derivation.state = draft.derivationError == nil ? .done : .failed
        derivation.reason = draft.derivationError
        derivation.memory = memory.id
        derivations[id] = derivation
        return memory
    }
}
