public import SessionCore

extension UploadService {
    public typealias Writer = UploadWriter<Store, Blobs, Time>

    /// The state of an upload; asking counts as use.
    ///
    /// - Throws: `not_found`, also for another's upload; `unavailable`.
    public func status(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        try await authorize(id, caller, ownerToo: true)
        return try await sessions.touch(id)
    }

    /// As `status`, after stopping an append that is under way and keeping what it wrote: the offset returned is the one
    /// from which a client can go on at once.
    public func quiescedStatus(of id: SessionId, by caller: Principal) async throws(UploadError) -> UploadRecord {
        try await authorize(id, caller, ownerToo: true)
        return try await sessions.quiesce(id)
    }

    /// Stores one chunk. The same bytes again are fine; other bytes are a conflict, and the first stay.
    ///
    /// - Parameter digest: The SHA-256 that the chunk must have to count.
    /// - Throws: As `openChunk` and `UploadWriter.complete`.
    public func putChunk(
        _ id: SessionId, index: UInt64, _ bytes: some BorrowedBytes, digest: Digest? = nil, by caller: Principal
    ) async throws(UploadError) {
        try await authorize(id, caller)
        try await sessions.putChunk(id, index: index, bytes, digest: digest)
    }

    /// Begins to receive a chunk, for bodies that come in pieces. See `SessionCompat.openChunk`.
    public func openChunk(
        _ id: SessionId, index: UInt64, byteCount: UInt64? = nil, isDigested: Bool = false, by caller: Principal
    ) async throws(UploadError) -> Writer {
        try await authorize(id, caller)
        return try await sessions.openChunk(id, index: index, byteCount: byteCount, isDigested: isDigested)
    }

    /// Appends bytes at an offset and returns the new one.
    ///
    /// - Parameter digest: The SHA-256 that the bytes must have; if they have another, none of them counts.
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
            return try await writer.complete(expecting: digest)
        } catch {
            await writer.cancel()
            throw error
        }
    }

    /// Begins to append, for bodies that come in pieces and may break off anywhere. See `SessionCompat.openAppend`.
    public func openAppend(
        _ id: SessionId, at offset: UInt64, isAllOrNothing: Bool = false, isDigested: Bool = false,
        by caller: Principal
    ) async throws(UploadError) -> Writer {
        try await authorize(id, caller)
        return try await sessions.openAppend(
            id, at: offset, isAllOrNothing: isAllOrNothing, isDigested: isDigested)
    }

    /// Fills in the length of an upload that began without one, or repeats it.
    ///
    /// - Throws: `size_mismatch` if another length is known or more bytes are durable already, `too_large`, `not_found`, `gone`,
    ///   `committed`.
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

    /// Verifies an upload and commits it as a blob that can be read at once. Asked again, before or after a crash, it
    /// answers the same. With the last of its parts a concatenation that waits for them is committed, too.
    ///
    /// - Throws: As `SessionCompat.finish`; `forbidden` or `not_found` if the caller may write in the capsule no longer.
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

    /// Commits what has waited for a part. The part is committed whatever comes of it: a concatenation that cannot be now, or lacks
    /// another part, is by whoever commits that, or asks for it to be committed.
    private func commitConcatenations(of part: SessionId, by caller: Principal) async {
        for whole in (try? await catalogue.pendingConcatenations(of: part)) ?? [] {
            _ = try? await commit(whole, by: caller)
        }
    }

    /// Ends an upload and frees its bytes. Lawful to repeat.
    ///
    /// - Throws: As `SessionCompat.abort`.
    public func abort(_ id: SessionId, by caller: Principal) async throws(UploadError) {
        try await authorize(id, caller, ownerToo: true)
        try await sessions.abort(id)
    }

    /// How far the parts of a concatenation are that `status` has shown to the caller. Costs the same whatever their number.
    ///
    /// - Throws: `not_found` if a part ended before it was committed; `unavailable`.
    public func partsStatus(of upload: UploadRecord) async throws(UploadError) -> PartsStatus {
        try await catalogue.partsStatus(of: upload.id)
    }

    /// The caller's own uploads in a capsule, the oldest first, each with what becomes of it.
    public func uploads(
        in capsule: CapsuleId, state: UploadFilter.State? = nil, after: SessionId? = nil, limit: Int = .max,
        by caller: Principal
    ) async throws(UploadError) -> [ListedUpload] {
        try await require(.reader, in: capsule, caller)
        return try await sessions.listUploadSessions(
            capsule: capsule, caller: caller, state: state, after: after, limit: limit)
    }

    /// - Parameter ownerToo: Whether the capsule's owner may do this with another's upload.
    private func authorize(
        _ id: SessionId, _ caller: Principal, ownerToo: Bool = false
    ) async throws(UploadError) {
        let meta = try await sessions.get(id).meta
        if meta.caller == caller { return }
        if ownerToo, let capsule = try await catalogue.capsule(meta.capsule), capsule.owner == caller { return }
        throw UploadError(.notFound(.upload))
    }
}
