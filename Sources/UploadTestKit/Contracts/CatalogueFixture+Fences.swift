package import SessionCore
package import UploadCore

/// Calls under the initial fence, for unclaimed uploads.
extension UploadCatalogue {
    package func record(_ piece: DurablePiece, of id: SessionId, seen: Timestamp) async throws(UploadError) {
        try await record(piece, of: id, fence: .initial, seen: seen)
    }

    package func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp
    ) async throws(UploadError) {
        try await amend(id, asset: asset, length: length, fence: .initial, seen: seen)
    }

    package func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try await commit(id, length: length, digest: digest, fence: .initial, at: now, checkAccess: checkAccess)
    }

    package func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try await end(id, as: ending, fence: .initial, unlessSeenSince: unlessSeenSince)
    }
}
