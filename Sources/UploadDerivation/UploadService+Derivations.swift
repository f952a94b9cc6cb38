public import SessionCore
public import UploadCore

extension UploadService where Store: DerivationQueue {
    /// The derivation of an upload that `status` or `commit` returned; nil without a recipe or before the commit.
    public func derivation(of upload: UploadRecord) async throws(UploadError) -> Derivation? {
        guard upload.meta.recipe != nil, upload.blob != nil else { return nil }
        return try await catalogue.derivation(of: upload.id)
    }

    /// One page of the derivations of a capsule.
    ///
    /// - Throws: `not_found`, also if the caller may not read the capsule.
    public func derivations(
        in capsule: CapsuleId, state: Derivation.State? = nil, order: CreationOrder = .oldestFirst,
        after: SessionId? = nil, limit: Int = .max, by caller: Principal
    ) async throws(UploadError) -> [Derivation] {
        try await require(.reader, in: capsule, caller)
        return try await catalogue.derivations(
            in: capsule, state: state, order: order, after: after, limit: max(1, min(limit, limits.pageMax)))
    }

    /// The number of a capsule's pending derivations.
    ///
    /// - Throws: `not_found`, also if the caller may not read the capsule.
    public func countPendingDerivations(
        in capsule: CapsuleId, by caller: Principal
    ) async throws(UploadError) -> UInt64 {
        try await require(.reader, in: capsule, caller)
        return try await catalogue.countPendingDerivations(in: capsule)
    }
}
