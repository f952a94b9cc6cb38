public import SessionCore
public import UploadCore

extension CataloguePostgres {
    public func begin(_ draft: UploadDraft, checkAccess: @escaping AccessCheck) async throws(UploadError) -> Began {
        // With its content it is committed at once.
        defer { if draft.content != nil { publicationSignal.notify() } }
        return try await write(byteCost: draft.content?.bytes.count ?? 0) { queries throws(UploadError) in
            try queries.begin(draft, checkAccess: checkAccess)
        }
    }

    public func upload(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await read { queries throws(UploadError) in try queries.upload(id) }
    }

    public func findPending(
        capsule: CapsuleId, caller: Principal, key: IdempotencyKey
    ) async throws(UploadError) -> UploadRecord? {
        try await read { queries throws(UploadError) in
            try queries.findPending(capsule: capsule, caller: caller, key: key)
        }
    }

    public func claim(_ id: SessionId) async throws(UploadError) -> UploadRecord? {
        try await write { queries throws(UploadError) in try queries.claim(id) }
    }

    public func chunkDigest(_ index: UInt64, of id: SessionId) async throws(UploadError) -> Digest? {
        try await read { queries throws(UploadError) in try queries.chunkDigest(index, of: id) }
    }

    public func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await write(byteCost: piece.bytes?.bytes.count ?? 0) { queries throws(UploadError) in
            try queries.record(piece, of: id, fence: fence, seen: seen, admission)
        }
    }

    public func checksums(of id: SessionId, in range: Range<UInt64>) async throws(UploadError) -> BlockChecksums? {
        try await read { queries throws(UploadError) in try queries.checksums(of: id, in: range) }
    }

    public func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, admission: Admission
    ) async throws(UploadError) {
        try await write { queries throws(UploadError) in
            try queries.amend(id, asset: asset, length: length, fence: fence, seen: seen, admission)
        }
    }

    public func touch(_ seen: [SessionId: Timestamp]) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.touch(seen) }
    }

    public func extentsOfParts(_ id: SessionId) async throws(UploadError) -> [[Extent]?] {
        try await read { queries throws(UploadError) in try queries.extentsOfParts(id) }
    }

    public func partsStatus(of id: SessionId) async throws(UploadError) -> PartsStatus {
        try await read { queries throws(UploadError) in try queries.partsStatus(of: id) }
    }

    public func wholeDigest(of id: SessionId) async throws(UploadError) -> Digest? {
        try await read { queries throws(UploadError) in try queries.wholeDigest(of: id) }
    }

    public func keepWholeDigest(_ digest: Digest, of id: SessionId) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.keepWholeDigest(digest, of: id) }
    }

    public func pendingConcatenations(of part: SessionId) async throws(UploadError) -> [SessionId] {
        try await read { queries throws(UploadError) in try queries.pendingConcatenations(of: part) }
    }

    public func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp,
        checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        defer { publicationSignal.notify() }
        return try await write { queries throws(UploadError) in
            try queries.commit(id, length: length, digest: digest, fence: fence, at: now, checkAccess: checkAccess)
        }
    }

    public func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) async throws(UploadError) -> [ObjectKey] {
        try await write { queries throws(UploadError) in
            try queries.end(id, as: ending, fence: fence, unlessSeenSince: unlessSeenSince)
        }
    }

    public func removeEnded(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await write { queries throws(UploadError) in
            try queries.removeEnded(before: time, limit: limit)
        }
    }

    public func lastSeen(before time: Timestamp, limit: Int) async throws(UploadError) -> [SessionId] {
        try await read { queries throws(UploadError) in try queries.lastSeen(before: time, limit: limit) }
    }

    public func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) async throws(UploadError) -> [SessionId] {
        try await read { queries throws(UploadError) in
            try queries.pendingLastSeen(before: time, of: caller, limit: limit)
        }
    }

    public func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) async throws(UploadError) -> [ListedUpload] {
        try await read { queries throws(UploadError) in try queries.uploads(filter, after: id, limit: limit) }
    }

    public func countActive(capsule: CapsuleId, caller: Principal) async throws(UploadError) -> UInt64 {
        try await read { queries throws(UploadError) in try queries.countActive(capsule: capsule, caller: caller) }
    }

    public func countByStatus() async throws(UploadError) -> StatusCounts {
        try await read { queries throws(UploadError) in try queries.countByStatus() }
    }
}
