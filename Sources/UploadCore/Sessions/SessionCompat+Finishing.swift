import DeliberateFaults
public import SessionCore

extension SessionCompat {
    /// Verifies an upload whose bytes are all durable and commits it as a blob. Idempotent, also for concurrent
    /// callers. The upload is reported as committed only once its commit is durable. After any error the call can be
    /// repeated.
    ///
    /// - Parameters:
    ///   - digest: The expected SHA-256 of the whole; verified in addition to that of the begin request.
    ///   - length: The expected length of the whole; declares the length if it is still unknown.
    /// - Throws: `not_found`, `gone`, `incomplete`, `size_mismatch`, `checksum_mismatch`, errors of `checkAccess`,
    ///   `store_corrupt`, `store_full`, `unavailable`, also if the task is cancelled while bytes are read.
    public func finish(
        _ id: SessionId, digest: Digest? = nil, length: UInt64? = nil, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try await pinned(id, retryingAfter: [.committed]) { reference throws(UploadError) in
            var record = catalogue.isShared ? try await get(id) : try record(reference)
            if record.blob == nil {
                // A premature call is refused here, without stopping the writers.
                _ = try Self.finishable(record, length)
                let (found, isCommittedHere) = try await withTicket(reference) { ticket throws(UploadError) in
                    let stop = Stop(reason: UploadError(.superseded), keepsBytes: true)
                    try await drain(reference, ticket) { state in state.close(stop, ticket) }
                    if !DeliberateFault.finishWithoutClaim.isOn { try await claimIfShared(reference) }
                    let record = try self.record(reference)
                    // Another call may have committed it during the wait.
                    if record.blob != nil { return (record, false) }
                    return (try await commit(reference, record, digest, length, checkAccess), true)
                }
                if isCommittedHere { return found }
                record = found
            }
            try await requireSame(record, digest, length)
            try await recordUse(reference)
            return record
        }
    }

    /// A copy of the ledger prepared for the commit; unchanged for a concatenation.
    private static func finishable(_ record: UploadRecord, _ length: UInt64?) throws(UploadError) -> Session {
        guard record.parts.isEmpty else {
            guard record.session.meta.status.isPending else { throw UploadError(ended: record.session.meta.status) }
            return record.session
        }
        var trial = record.session
        try UploadError.rethrowing(&trial) { session throws(SessionError) in
            if let length { try session.declareLength(length) }
            try session.prepareFinish()
        }
        return trial
    }

    /// The caller has closed the upload.
    private func commit(
        _ reference: ActiveUploadReference, _ record: UploadRecord, _ digest: Digest?, _ length: UInt64?,
        _ checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        let expected = [digest, record.meta.expectedDigest].compactMap { $0 }
        let (found, size) =
            record.parts.isEmpty
            ? try await verifiedBytes(reference, try Self.finishable(record, length))
            : try await verifiedParts(record, mustBeWhole: !expected.isEmpty)
        for length in [length, record.session.spec.expectedBytes].compactMap({ $0 }) where length != size {
            throw UploadError(.sizeMismatch(expected: length, actual: size))
        }
        for expected in expected where expected != found.digest && !DeliberateFault.skipVerification.isOn {
            throw UploadError(.checksumMismatch(expected: expected.hex, actual: found.digest.hex))
        }

        let now = clock.now()
        let committed = try await recording(reference) { fence throws(UploadError) in
            try await self.catalogue.commit(
                reference.id, length: size, digest: found, fence: fence, at: now, checkAccess: checkAccess)
        }
        // It is committed, also if another call has found that in the catalogue first, and memory is to read it again.
        try? apply(reference) { upload, session in
            upload.digest = committed.digest
            upload.recordedLastSeen = now
            session = committed.session
        }
        if committed.meta.recipe != nil { derivationSignal.notify() }
        return committed
    }

    /// Seals an upload's own bytes and returns their digest and length. The hash has followed the durable prefix, so
    /// only the bytes that it does not cover yet are read.
    private func verifiedBytes(
        _ reference: ActiveUploadReference, _ session: Session
    ) async throws(UploadError) -> (BlobDigest, UInt64) {
        let size = session.spec.expectedBytes ?? session.contiguousBytes
        let (unhashed, caller) = try apply(reference) { upload, _ in
            (size - min(size, upload.hash.position), upload.meta.caller)
        }
        do throws(UploadError) {
            try await inTurn(of: caller, reading: unhashed) { () throws(UploadError) in
                try await hashPrefix(reference)
            }
        } catch {
            guard error.code == .storeCorrupt else { throw error }
            // An end that another engine has recorded in the meantime takes the bytes, too.
            throw try await recordedEnd(of: reference.id) ?? error
        }
        let (hash, meta) = try apply(reference) { upload, _ in (upload.hash, upload.meta) }
        guard hash.position == size else {
            throw UploadError(.storeCorrupt(detail: "\(reference.id.text): hashed \(hash.position) of \(size)"))
        }
        if meta.storage == .file {
            let sink = blobs.sink(for: meta, session.spec, hasDurableBytes: size > 0)
            defer { sink.close() }
            try await sink.seal(length: size)
        }
        return (.whole(hash.hasher.finalize()), size)
    }

    /// The digest and length of a concatenation. The digest is computed from the parts' digests without I/O, unless the
    /// client states the digest of the whole: all bytes are read then, if there are several extents.
    private func verifiedParts(
        _ record: UploadRecord, mustBeWhole: Bool
    ) async throws(UploadError) -> (BlobDigest, UInt64) {
        // Every commit of a part comes here; only the last one may read the bytes or the extents of all parts.
        guard try await catalogue.partsStatus(of: record.id).pending == 0 else {
            throw UploadError(.incomplete(missing: [], bytes: nil))
        }
        let parts = try await catalogue.extentsOfParts(record.id)
        let extents = parts.compactMap { $0 }.flatMap { $0 }
        guard parts.allSatisfy({ $0 != nil }) else { throw UploadError(.incomplete(missing: [], bytes: nil)) }
        let size = extents.reduce(0) { $0 + $1.length }
        try Limits.require(size, atMost: limits.uploadBytesMax, .uploadBytes)
        let combined = BlobDigest(parts: extents.map(\.digest))
        if case .composite = combined, mustBeWhole {
            return (.whole(try await wholeDigest(of: record.id, extents, by: record.meta.caller)), size)
        }
        return (combined, size)
    }

    /// Compares a repeated finish with the committed upload.
    private func requireSame(_ record: UploadRecord, _ digest: Digest?, _ length: UInt64?) async throws(UploadError) {
        if let length, let size = record.session.spec.expectedBytes, length != size {
            throw UploadError(.sizeMismatch(expected: length, actual: size))
        }
        guard let digest, let committed = record.digest else { return }
        var actual = committed.digest
        if case .composite = committed, let found = try await catalogue.blob(BlobId(record.id)) {
            do throws(UploadError) {
                actual = try await wholeDigest(of: record.id, found.blob.extents, by: record.meta.caller)
            } catch {
                // A deletion in the meantime takes the bytes, too.
                throw try await recordedEnd(of: record.id) ?? error
            }
        }
        guard digest == actual else {
            throw UploadError(.checksumMismatch(expected: digest.hex, actual: actual.hex))
        }
    }
}
