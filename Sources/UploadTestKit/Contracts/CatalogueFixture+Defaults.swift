package import SessionCore
package import UploadCore

/// Calls under the initial fence, for unclaimed uploads, and without limits.
extension UploadCatalogue {
    package func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence = .initial, seen: Timestamp
    ) async throws(UploadError) {
        try await record(piece, of: id, fence: fence, seen: seen, admission: .unlimited)
    }

    package func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence = .initial, seen: Timestamp
    ) async throws(UploadError) {
        try await amend(id, asset: asset, length: length, fence: fence, seen: seen, admission: .unlimited)
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

extension CapsuleCatalogue {
    package func createCapsule(_ capsule: Capsule) async throws(UploadError) {
        try await createCapsule(capsule, capsulesMax: .max)
    }

    package func setRole(
        _ role: Role?, of principal: Principal, in id: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) {
        try await setRole(role, of: principal, in: id, membersMax: .max, checkAccess: checkAccess)
    }
}
