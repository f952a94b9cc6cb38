public import SessionCore
public import UploadCore
public import UploadDerivation
public import UploadMemories

extension ModelCatalogue {
    /// Whether a derivation is pending, in any capsule.
    package var hasPendingDerivations: Bool { inspect { $0.derivations.values.contains { $0.state == .pending } } }

    public func derivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await read { $0.derivation(of: id) }
    }

    public func derivations(
        in id: CapsuleId, state: Derivation.State?, order: CreationOrder, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        try await read { $0.derivations(in: id, state: state, order: order, after: after, limit: limit) }
    }

    public func countPendingDerivations(in id: CapsuleId) async throws(UploadError) -> UInt64 {
        try await read { state in
            UInt64(state.derivations(in: id, state: .pending, order: .oldestFirst, after: nil, limit: .max).count)
        }
    }

    public func dueDerivations(
        at now: Timestamp, after caller: Principal?, excluding running: Set<SessionId>, limit: Int
    ) async throws(UploadError) -> DueDerivations {
        try await read { [engine] state in
            state.dueDerivations(at: now, after: caller, excluding: running, limit: limit, for: engine)
        }
    }

    public func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await transact { [engine] state in state.startDerivation(of: id, by: engine) }
    }

    public func postponeDerivation(
        of id: SessionId, attempt: Int?, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        try await transact { [engine] state in
            state.postponeDerivation(
                of: id, attempt: attempt, until: time, reason: reason, takesAttemptBack: takesAttemptBack, by: engine)
        }
    }

    public func finishDerivation(
        of id: SessionId, attempt: Int, with memory: MemoryDraft
    ) async throws(UploadError) -> Memory? {
        try await transact { [engine] state throws(UploadError) in
            try state.finishDerivation(of: id, attempt: attempt, with: memory, by: engine)
        }
    }
}
