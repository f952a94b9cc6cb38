public import SessionCore
public import UploadCore

extension CatalogueSQLite {
    public func derivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await read { tables throws(UploadError) in try tables.derivation(of: id) }
    }

    public func derivations(
        in id: CapsuleId, state: Derivation.State?, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [Derivation] {
        try await read { tables throws(UploadError) in
            try tables.derivations(in: id, state: state, after: after, limit: limit)
        }
    }

    public func pendingDerivations(limit: Int) async throws(UploadError) -> [Derivation] {
        try await read { tables throws(UploadError) in try tables.pendingDerivations(limit: limit) }
    }

    public func startDerivation(of id: SessionId) async throws(UploadError) -> Derivation? {
        try await write { tables throws(UploadError) in try tables.startDerivation(of: id) }
    }

    public func postponeDerivation(
        of id: SessionId, until time: Timestamp, reason: String?, takesAttemptBack: Bool
    ) async throws(UploadError) {
        try await write { tables throws(UploadError) in
            try tables.postponeDerivation(of: id, until: time, reason: reason, takesAttemptBack: takesAttemptBack)
        }
    }

    public func finishDerivation(of id: SessionId, with memory: MemoryDraft) async throws(UploadError) -> Memory? {
        try await write(weight: memory.inlineBytes) { tables throws(UploadError) in
            try tables.finishDerivation(of: id, with: memory)
        }
    }
}
