public import SessionCore
public import UploadCore

extension ModelCatalogue {
    public func derivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        read { $0.derivation(of: id) }
    }

    public func derivations(
        in id: CapsuleId, state: Derivation.State?, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        read { $0.derivations(in: id, state: state, after: after, limit: limit) }
    }

    public func pendingDerivations(limit: Int) async throws(UploadError) -> [Derivation] {
        read { $0.pendingDerivations(limit: limit) }
    }

    public func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try transact { state in state.startDerivation(of: id) }
    }

    public func postponeDerivation(
        of id: SessionId, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        try transact { state in
            state.postponeDerivation(of: id, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
        }
    }

    public func finishDerivation(of id: SessionId, with memory: MemoryDraft) async throws(UploadError) -> Memory? {
        try transact { state throws(UploadError) in try state.finishDerivation(of: id, with: memory) }
    }
}
