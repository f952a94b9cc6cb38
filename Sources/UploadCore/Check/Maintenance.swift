public import SessionCore

/// The operator's operations on a store: the uploads of all callers, expiry, garbage, the store check and its repairs.
/// They check no access; an endpoint that exposes them must authorize the operator.
///
/// ```swift
/// let expired = try await store.uploads.maintenance.expire()
/// let report = try await store.uploads.maintenance.check()
/// ```
public struct Maintenance<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    let sessions: SessionCompat<Store, Blobs, Time>

    var catalogue: Store { sessions.catalogue }
    var blobs: Blobs { sessions.blobs }

    /// One page of the uploads of all callers, oldest first.
    ///
    /// - Parameters:
    ///   - after: The last id of the previous page.
    ///   - limit: The page size, clamped to 1...`Limits.pageMax`.
    public func uploads(
        state: UploadFilter.State? = nil, after: SessionId? = nil, limit: Int = .max
    ) async throws(UploadError) -> [ListedUpload] {
        try await sessions.listAllSessions(state: state, after: after, limit: limit)
    }

    public func countByStatus() async throws(UploadError) -> StatusCounts {
        try await sessions.sessionCountByStatus()
    }

    /// One page of what principals use, in the order of their names.
    ///
    /// - Parameters:
    ///   - after: The last principal of the previous page.
    ///   - limit: The page size, clamped to 1...`Limits.pageMax`.
    public func usages(
        after: Principal? = nil, limit: Int = .max
    ) async throws(UploadError) -> [PrincipalUsage] {
        try await catalogue.usages(after: after, limit: max(1, min(limit, sessions.limits.pageMax)))
    }

    /// What all principals use together.
    public func totalUsage() async throws(UploadError) -> Usage {
        try await catalogue.totalUsage()
    }

    /// Checks that the store takes new uploads, for readiness probes and periodic warnings.
    ///
    /// - Throws: `store_full` below `Limits.freeBytesMin`; `unavailable` if the storage takes no changes at all, or cannot be
    ///   reached. The error's `debugDescription` has the figures.
    public func requireWritable() async throws(UploadError) {
        if let failure = await failure() { throw failure.cause }
    }

    /// As `requireWritable`, with the part of the store that failed; nil if it takes new uploads.
    public func failure() async -> StoreFailure? {
        do throws(UploadError) {
            try await catalogue.requireWritable()
        } catch {
            return StoreFailure(catalogue.isShared ? .database : .directory, error)
        }
        do throws(UploadError) {
            try await blobs.requireReachable()
        } catch {
            return StoreFailure(catalogue.isShared ? .bucket : .directory, error)
        }
        return nil
    }

    /// Expires the uploads that were not used for their time to live, and frees their bytes. Call it periodically.
    ///
    /// - Returns: The ids of the expired uploads.
    /// - Throws: `unavailable`; uploads that had expired by then stay expired.
    @discardableResult
    public func expire() async throws(UploadError) -> [SessionId] {
        try await sessions.cleanupExpiredSessions()
    }
}

extension UploadService {
    /// Operations without access checks, for operators.
    public var maintenance: Maintenance<Store, Blobs, Time> { Maintenance(sessions: sessions) }
}
