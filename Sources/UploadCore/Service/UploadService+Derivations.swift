public import SessionCore

extension UploadService {
    /// What becomes of an upload that `status` or `commit` has shown to the caller; nil if it has no recipe or is not
    /// committed.
    public func derivation(of upload: UploadRecord) async throws(UploadError) -> Derivation? {
        guard upload.meta.recipe != nil, upload.blob != nil else { return nil }
        return try await catalogue.derivation(of: upload.id)
    }

    /// What becomes, or became, of the uploads to a capsule that have a recipe, the oldest first.
    ///
    /// - Throws: `not_found`, also for those who may not read the capsule.
    public func derivations(
        in capsule: CapsuleId, state: Derivation.State? = nil, after: SessionId? = nil, limit: Int = .max,
        by caller: Principal
    ) async throws(UploadError) -> [Derivation] {
        try await require(.reader, in: capsule, caller)
        return try await catalogue.derivations(
            in: capsule, state: state, after: after, limit: max(1, min(limit, limits.pageMax)))
    }
}
