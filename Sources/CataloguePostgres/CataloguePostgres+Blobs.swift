import CatalogueRows
public import SessionCore
public import UploadCore

extension CataloguePostgres {
    public func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? {
        guard let row = try await read({ queries throws(UploadError) in try queries.blob(id) }) else { return nil }
        return (try row.blob(), row.capsule)
    }

    public func summary(of id: BlobId) async throws(UploadError) -> (summary: BlobSummary, capsule: Capsule)? {
        try await read { queries throws(UploadError) in try queries.summary(of: id) }
    }

    public func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        try await read { queries throws(UploadError) in try queries.catalogueBytes(id, range) }
    }

    public func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await write { queries throws(UploadError) in
            try queries.deleteBlob(id, at: now, checkAccess: checkAccess)
        }
    }

    public func countBlobs() async throws(UploadError) -> UInt64 {
        try await read { queries throws(UploadError) in try queries.countBlobs() }
    }

    public func blobs(
        _ filter: BlobFilter, after cursor: SessionId?, limit: Int
    ) async throws(UploadError) -> BlobPage {
        try await read { queries throws(UploadError) in try queries.blobs(filter, after: cursor, limit: limit) }
    }

    public func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) async throws(UploadError) -> [BlobSummary] {
        try await read { queries throws(UploadError) in
            try queries.blobs(withDigests: digests, in: capsule, andThoseOf: owner)
        }
    }
}

extension CataloguePostgres {
    public func requireWritable() async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.requireWritable() }
    }

    /// Does nothing: PostgreSQL's own maintenance (autovacuum) reuses and gives back space.
    public func compact() async throws(UploadError) {}

    public func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.forgetPieces(of: id, in: ranges)
        }
    }

    public func maintenanceState() async throws(UploadError) -> MaintenanceState {
        try await read { queries throws(UploadError) in try queries.maintenanceState() }
    }

    public func setMaintenanceState(_ state: MaintenanceState) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.setMaintenanceState(state) }
    }
}
