public import SessionCore

extension SessionCompat {
    /// How many pending uploads a caller has in a capsule.
    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await catalogue.countActive(capsule: capsule, caller: caller)
    }

    /// A caller's uploads in a capsule, the oldest first, a page at a time.
    ///
    /// - Parameters:
    ///   - after: The last id of the page before.
    ///   - limit: At most `Limits.pageMax` are returned, whatever it says.
    public func listUploadSessions(
        capsule: CapsuleId, caller: Principal, state: UploadFilter.State? = nil, after: SessionId? = nil,
        limit: Int = .max
    ) async throws(UploadError) -> [ListedUpload] {
        try await list(UploadFilter(state: state, capsule: capsule, caller: caller), after: after, limit: limit)
    }

    /// Everybody's uploads, likewise.
    public func listAllSessions(
        state: UploadFilter.State? = nil, after: SessionId? = nil, limit: Int = .max
    ) async throws(UploadError) -> [ListedUpload] {
        try await list(UploadFilter(state: state), after: after, limit: limit)
    }

    private func list(
        _ filter: UploadFilter, after: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload] {
        try await catalogue.uploads(filter, after: after, limit: max(1, min(limit, limits.pageMax)))
    }

    public func totalSessionCount() async throws(UploadError) -> UInt64 {
        let counts = try await sessionCountByStatus()
        return counts.pending + counts.committed + counts.aborted + counts.expired
    }

    public func sessionCountByStatus() async throws(UploadError) -> StatusCounts {
        try await catalogue.countByStatus()
    }
}
