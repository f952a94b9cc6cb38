public import SessionCore

extension UploadService {
    public typealias Writer = UploadWriter<Store, Blobs, Time>

    /// The state of an upload. Counts as use.
    ///
    /// - Throws: `not_found`, also for uploads of other callers; `unavailable`.
    public func status(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        try await authorize(id, caller, ownerToo: true)
        return try await sessions.touch(id)
    }

    /// As `status`, but first stops an append in progress and keeps its bytes, so that the client can continue at the
    /// returned offset.
    public func quiescedStatus(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        try await authorize(id, caller, ownerToo: true)
        return try await sessions.quiesce(id)
    }

    /// Stores one chunk. Idempotent; other bytes for a stored chunk are a conflict, and the stored ones stay.
    ///
    /// - Parameter digest: The expected SHA-256 of the chunk.
    /// - Throws: As `openChunk` and `UploadWriter.complete`.
    public func putChunk(
        _ id: SessionId, index: UInt64, _ bytes: some BorrowedBytes, digest: Digest? = nil, by caller: Principal
    ) async throws(UploadError) {
        try await authorize(id, caller)
        try await sessions.putChunk(id, index: index, bytes, digest: digest)
    }

    /// Opens a writer for a chunk that arrives in pieces. See `SessionCompat.openChunk`.
    public func openChunk(
        _ id: SessionId, index: UInt64, byteCount: UInt64? = nil, isDigested: Bool = false, by caller: Principal
    ) async throws(UploadError) -> Writer {
        try await authorize(id, caller)
        return try await sessions.openChunk(id, index: index, byteCount: byteCount, isDigested: isDigested)
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
    public func openAppend(
        _ id: SessionId, at offset: UInt64, isAllOrNothing: Bool = false, isDigested: Bool = false,
        by caller: Principal
    ) async throws(UploadError) -> Writer {
        try await authorize(id, caller)
        return try await sessions.openAppend(
            id, at: offset, isAllOrNothing: isAllOrNothing, isDigested: isDigested)
    }

    /// Declares the length of an upload that was begun without one. Idempotent.
    ///
    /// - Throws: `size_mismatch` if another length is known or more bytes are durable already, `too_large`,
    ///   `not_found`, `gone`, `committed`.
    public func declareLength(
        of id: SessionId, _ length: UInt64, by caller: Principal
    ) async throws(UploadError) -> UploadRecord {
        try await authorize(id, caller)
        try Limits.require(length, atMost: limits.uploadBytesMax, .uploadBytes)
        let record = try await sessions.get(id)
        if let size = record.session.spec.chunkSize {
            try Limits.require(length / size + (length % size == 0 ? 0 : 1), atMost: limits.chunksMax, .chunks)
        }
        return try await sessions.update(id, length: length)
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
            id, digest: digest, length: length, checkAccess: Self.accessCheck(.writer, caller))
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
        try await authorize(id, caller, ownerToo: true)
        try await sessions.abort(id)
    }

    /// The progress of the parts of a concatenation that `status` returned. The cost does not depend on their number.
    ///
    /// - Throws: `not_found` if a part ended before it was committed; `unavailable`.
    public func partsStatus(of upload: UploadRecord) async throws(UploadError) -> PartsStatus {
        try await catalogue.partsStatus(of: upload.id)
    }

    /// One page of the caller's own uploads in a capsule, oldest first, each with its derivation.
    public func uploads(
        in capsule: CapsuleId, state: UploadFilter.State? = nil, after: SessionId? = nil, limit: Int = .max,
        by caller: Principal
    ) async throws(UploadError) -> [ListedUpload] {
        try await require(.reader, in: capsule, caller)
        return try await sessions.listUploadSessions(
            capsule: capsule, caller: caller, state: state, after: after, limit: limit)
    }

    /// - Parameter ownerToo: Whether the owner of the capsule is authorized, too.
    private func authorize(
        _ id: SessionId, _ caller: Principal, ownerToo: Bool = false
    ) async throws(UploadError) {
        let meta = try await sessions.get(id).meta
        if meta.caller == caller { return }
        if ownerToo, let capsule = try await catalogue.capsule(meta.capsule), capsule.owner == caller { return }
        throw UploadError(.notFound(.upload))
    }
}
