public import SessionCore
public import UploadCore

// MARK: - Uploads

extension CatalogueSQLite {
    public func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        try await write(weight: draft.content?.bytes.count ?? 0) { tables throws(UploadError) in
            try tables.begin(draft, checkAccess: checkAccess)
        }
    }

    public func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await read { tables throws(UploadError) in try tables.upload(id) }
    }

    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        try await read { tables throws(UploadError) in
            try tables.findPending(capsule: capsule, caller: caller, key: key)
        }
    }

    public func record(_ piece: DurablePiece, of id: SessionId, seen: Timestamp) async throws(UploadError) {
        try await write(weight: piece.bytes?.bytes.count ?? 0) { tables throws(UploadError) in
            try tables.record(piece, of: id, seen: seen)
        }
    }

    public func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp
    ) async throws(UploadError) {
        try await write { tables throws(UploadError) in
            try tables.amend(id, asset: asset, length: length, seen: seen)
        }
    }

    public func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try await write { tables throws(UploadError) in try tables.touch(seen) }
    }

    public func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try await read { tables throws(UploadError) in try tables.extentsOfParts(id) }
    }

    public func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        try await read { tables throws(UploadError) in try tables.pendingConcatenations(of: part) }
    }

    public func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try await write { tables throws(UploadError) in
            try tables.commit(id, length: length, digest: digest, at: now, checkAccess: checkAccess)
        }
    }

    public func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try await write { tables throws(UploadError) in
            try tables.end(id, as: ending, unlessSeenSince: unlessSeenSince)
        }
    }

    public func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await read { tables throws(UploadError) in try tables.lastSeen(before: time, limit: limit) }
    }

    public func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [UploadRecord] {
        try await read { tables throws(UploadError) in try tables.uploads(filter, after: id, limit: limit) }
    }

    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await read { tables throws(UploadError) in try tables.countActive(capsule: capsule, caller: caller) }
    }

    public func countByStatus() async throws(UploadError) -> StatusCounts {
        try await read { tables throws(UploadError) in try tables.countByStatus() }
    }
}
