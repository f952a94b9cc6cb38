public import SessionCore

extension UploadService {
    public typealias Writer = UploadWriter<Store, Blobs, Time>

    /// The state of an upload. Counts as use, unless the caller could not write to it.
    ///
    /// - Throws: `not_found`, also for uploads of other callers; `unavailable`.
    public func status(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        let (record, mayWrite) = try await authorizeReading(id, caller)
        return mayWrite ? try await sessions.touch(id) : record
    }

    /// As `status`, but first stops an append in progress and keeps its bytes, so that the client can continue at the
    /// returned offset. A caller that could not write to the upload stops nothing.
    public func quiescedStatus(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        let (record, mayWrite) = try await authorizeReading(id, caller)
        return mayWrite ? try await sessions.quiesce(id) : record
    }

    /// As `quiescedStatus`, but an append that has received bytes within the last second goes on, and its bytes so far are made
    /// durable. A silent one is stopped: its client has probably lost the connection.
    public func resumableStatus(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        let (record, mayWrite) = try await authorizeReading(id, caller)
        return mayWrite ? try await sessions.resumableStatus(id) : record
    }

    /// Stores one chunk. Idempotent; other bytes for a stored chunk are a conflict, and the stored ones stay.
    ///
    /// - Parameter digest: The expected SHA-256 of the chunk.
    /// - Throws: As `openChunk` and `UploadWriter.complete`.
    public func putChunk(
        _ id: SessionId, index: UInt64, _ bytes: some BorrowedBytes, digest: Digest? = nil, by caller: Principal
    ) async throws(UploadError) {
        let record = try await authorize(id, caller)
        try await requireRoom(for: index, byteCount: UInt64(bytes.count), of: record)
        try await sessions.putChunk(
            id, index: index, bytes, digest: digest, checkAccess: Self.uploadCheck(caller))
    }

    /// Opens a writer for a chunk that arrives in pieces. See `SessionCompat.openChunk`.
    public func openChunk(
        _ id: SessionId, index: UInt64, byteCount: UInt64? = nil, isDigested: Bool = false, by caller: Principal
    ) async throws(UploadError) -> Writer {
        let record = try await authorize(id, caller)
        try await requireRoom(for: index, byteCount: byteCount, of: record)
        return try await sessions.openChunk(
            id, index: index, byteCount: byteCount, isDigested: isDigested,
            checkAccess: Self.uploadCheck(caller))
    }

    /// Appends bytes at an offset. Returns the new offset.
    ///
    /// - Parameter digest: The expected SHA-256 of the bytes; after a mismatch none of them counts.
    /// - Throws: As `openAppend` and `UploadWriter.complete`.
    @discardableResult
    public func append(
        _ id: SessionId, at offset: UInt64, _ bytes: some BorrowedBytes, digest: Digest? = nil, by caller: Principal
    ) async throws(UploadError) -> UInt64 {
        let isDigested = digest != nil
        let writer = try await openAppend(
            id, at: offset, isAllOrNothing: isDigested, isDigested: isDigested, by: caller)
        do throws(UploadError) {
            try await writer.write(bytes)
        } catch {
            await writer.cancel()
            throw error
        }
        return try await writer.complete(expecting: digest)
    }

    /// Opens a writer for an append that arrives in pieces and may break off anywhere. See `SessionCompat.openAppend`.
    ///
    /// - Parameter onStop: Called once another call has stopped the writer. Must not block.
    public func openAppend(
        _ id: SessionId, at offset: UInt64, isAllOrNothing: Bool = false, isDigested: Bool = false,
        onStop: (@Sendable () -> Void)? = nil, by caller: Principal
    ) async throws(UploadError) -> Writer {
        try await authorize(id, caller)
        return try await sessions.openAppend(
            id, at: offset, isAllOrNothing: isAllOrNothing, isDigested: isDigested, onStop: onStop,
            checkAccess: Self.uploadCheck(caller))
    }

    /// Declares the length of an upload that was begun without one. Idempotent.
    ///
    /// - Throws: `size_mismatch` if another length is known or more bytes are durable already, `too_large`,
    ///   `quota_exceeded`, `too_many` (pending bytes), `not_found`, `gone`, `committed`.
    public func declareLength(
        of id: SessionId, _ length: UInt64, by caller: Principal
    ) async throws(UploadError) -> UploadRecord {
        let record = try await authorize(id, caller)
        try Limits.require(length, atMost: limits.uploadBytesMax, .uploadBytes)
        if let size = record.session.spec.chunkSize {
            try Limits.require(length / size + (length % size == 0 ? 0 : 1), atMost: limits.chunksMax, .chunks)
        }
        return try await sessions.update(id, length: length, checkAccess: Self.uploadCheck(caller))
    }

    /// Verifies an upload and commits it as a blob, which can be read at once. Idempotent, also across a crash. The
    /// commit of the last part of a pending concatenation commits the concatenation, too.
    ///
    /// - Throws: As `SessionCompat.finish`; `forbidden` or `not_found` if the caller may no longer write to the
    ///   capsule.
    public func commit(
        _ id: SessionId, digest: Digest? = nil, length: UInt64? = nil, by caller: Principal
    ) async throws(UploadError) -> UploadRecord {
        try await authorize(id, caller)
        if let length { try Limits.require(length, atMost: limits.uploadBytesMax, .uploadBytes) }
        let record = try await sessions.finish(
            id, digest: digest, length: length, checkAccess: Self.uploadCheck(caller))
        if record.meta.isPartial { await commitConcatenations(of: id, by: caller) }
        return record
    }

    /// Commits the concatenations that wait for a part. Failures are ignored, since the part stays committed in any
    /// case: a concatenation that fails now or lacks another part can be committed later, with that part or explicitly.
    private func commitConcatenations(of part: SessionId, by caller: Principal) async {
        for whole in (try? await catalogue.pendingConcatenations(of: part)) ?? [] {
            _ = try? await commit(whole, by: caller)
        }
    }

    /// Aborts an upload and frees its bytes. Idempotent.
    ///
    /// - Throws: As `SessionCompat.abort`.
    public func abort(_ id: SessionId, by caller: Principal) async throws(UploadError) {
        _ = try await authorizeReading(id, caller)
        try await sessions.abort(id)
    }

    /// The progress of the parts of a concatenation that `status` returned. The cost does not depend on their number.
    ///
    /// - Throws: `not_found` if a part ended before it was committed; `unavailable`.
    public func partsStatus(of upload: UploadRecord) async throws(UploadError) -> PartsStatus {
        try await catalogue.partsStatus(of: upload.id)
    }

    /// One page of the caller's own uploads in a capsule, or of everybody's, oldest first, each with its derivation.
    ///
    /// - Parameter isOfAll: Whether to list those of all callers; for the capsule's owner.
    /// - Throws: `not_found` and `forbidden` (capsule), `unavailable`.
    public func uploads(
        in capsule: CapsuleId, ofAll isOfAll: Bool = false, state: UploadFilter.State? = nil,
        after: SessionId? = nil, limit: Int = .max, by caller: Principal
    ) async throws(UploadError) -> [ListedUpload] {
        try await require(isOfAll ? .owner : .reader, in: capsule, caller)
        return try await sessions.listUploadSessions(
            capsule: capsule, caller: isOfAll ? nil : caller, state: state, after: after, limit: limit)
    }

    /// Requires that the upload is the caller's, and that it may still write to the capsule. The catalogue checks that again
    /// whenever something is recorded.
    ///
    /// - Throws: `not_found`; `forbidden` for a caller with a lower role.
    @discardableResult
    private func authorize(_ id: SessionId, _ caller: Principal) async throws(UploadError) -> UploadRecord {
        let (record, capsule) = try await recordAndCapsule(id)
        guard record.meta.caller == caller else { throw UploadError(.notFound(.upload)) }
        try capsule.requireUploading(by: caller, seeking: .upload)
        return record
    }

    /// Requires that the upload is the caller's, in a capsule that it may still read, or in one that it owns.
    ///
    /// - Returns: Whether the caller may write to the upload, too.
    /// - Throws: `not_found`.
    private func authorizeReading(
        _ id: SessionId, _ caller: Principal
    ) async throws(UploadError) -> (UploadRecord, mayWrite: Bool) {
        let (record, capsule) = try await recordAndCapsule(id)
        let isOwn = record.meta.caller == caller
        guard isOwn || capsule.owner == caller else { throw UploadError(.notFound(.upload)) }
        let mayWrite = isOwn && capsule.permitsUploading(by: caller)
        if !mayWrite { try capsule.require(.reader, of: caller, seeking: .upload) }
        return (record, mayWrite)
    }

    private func recordAndCapsule(_ id: SessionId) async throws(UploadError) -> (UploadRecord, Capsule) {
        let record = try await sessions.get(id)
        let capsule = try await capsuleCache.capsule(record.meta.capsule) { () throws(UploadError) in
            try await catalogue.capsule(record.meta.capsule)
        }
        guard let capsule else { throw UploadError(.notFound(.upload)) }
        return (record, capsule)
    }

    /// Refuses a chunk of an upload of unknown length that the owner's quota has no room for, before it is sent. The
    /// catalogue decides when the chunk is recorded.
    private func requireRoom(
        for index: UInt64, byteCount: UInt64?, of record: UploadRecord
    ) async throws(UploadError) {
        let session = record.session
        guard session.spec.expectedBytes == nil, session.meta.status.isPending, !session.pieces.contains(index) else {
            return
        }
        let owner = try await recordAndCapsule(record.id).1.owner
        guard limits.quotas.bytes(of: owner) != nil else { return }
        try limits.quotas.requireRoom(
            for: byteCount ?? 1, beside: try await catalogue.usage(of: owner).quotaBytes, of: owner,
            caller: record.meta.caller)
    }
}
