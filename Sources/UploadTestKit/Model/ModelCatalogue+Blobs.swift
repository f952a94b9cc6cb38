public import SessionCore
public import UploadCore

extension ModelCatalogue {
    public func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)? {
        try await read { $0.blob(id) }
    }

    public func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        try await read { $0.uploads[id]?.storedBytes(range) ?? [] }
    }

    public func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> [ObjectKey] {
        try await transact { state throws(UploadError) in try state.deleteBlob(id, at: now, checkAccess: checkAccess) }
    }

    public func countBlobs() async throws(UploadError) -> UInt64 {
        try await read { state in UInt64(state.uploads.values.count { $0.isBlob }) }
    }

    public func blobs(
        _ filter: BlobFilter, after cursor: SessionId?, limit: Int
    ) async throws(UploadError) -> BlobPage {
        try await read { $0.blobs(filter, after: cursor, limit: limit) }
    }

    public func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) async throws(UploadError) -> [BlobSummary] {
        try await read { $0.blobs(withDigests: digests, in: capsule, andThoseOf: owner) }
    }

    public func garbage(limit: Int) async throws(UploadError) -> [ObjectKey] {
        try await transact { state in state.dueGarbage(limit: max(0, limit)) }
    }

    public func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try await transact { state in state.forgetGarbage(keys) }
    }

    public func postponeGarbage(_ keys: [ObjectKey]) async throws(UploadError) {
        try await transact { state in state.postponeGarbage(keys) }
    }
}
