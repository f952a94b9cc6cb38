import struct Crypto.SHA256
import DeliberateFaults
public import SessionCore

extension SessionCompat {
    /// Verifies an upload whose bytes are all durable and commits it as a blob. Asked twice it answers twice; two
    /// callers at once get the same answer. Until it returns the upload is never reported as committed, and after any
    /// error it can be asked again.
    ///
    /// - Parameters:
    ///   - digest: The SHA-256 that the whole must have; verified besides the digest of the beginning.
    ///   - length: The length that the whole must have; decides it where it is still unknown.
    /// - Throws: `not_found`, `gone`, `incomplete`, `size_mismatch`, `checksum_mismatch`, errors of `checkAccess`,
    ///   `store_corrupt`, `store_full`, `unavailable`.
    public func finish(
        _ id: SessionId, digest: Digest? = nil, length: UInt64? = nil, checkAccess: @escaping AccessCheck
    ) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { reference throws(UploadError) in
            var record = catalogue.isShared ? try await get(id) : try record(reference)
            if record.blob == nil {
                // Who asks too early is refused here, without disturbing the writers.
                _ = try Self.finishable(record, length)
                record = try await withTicket(reference) { ticket throws(UploadError) in
                    let stop = Stop(reason: UploadError(.superseded), keepsBytes: true)
                    try await drain(reference, ticket) { state in state.close(stop, ticket) }
                    try await claimIfShared(reference)
                    let record = try self.record(reference)
                    // Another call may have committed it during the wait.
                    if record.blob != nil { return record }
                    return try await commit(reference, record, digest, length, checkAccess)
                }
            }
            try await requireSame(record, digest, length)
            try await recordUse(reference)
            return record
        }
    }

    /// The ledger as it would be finished.
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
        try apply(reference) { upload, session in
            upload.digest = committed.digest
            upload.recordedLastSeen = now
            session = committed.session
        }
        if committed.meta.recipe != nil { derivationSignal.notify() }
        return committed
    }

    /// The digest of an upload's own bytes. The hash has followed the durable prefix; only what it has not covered yet
    /// is read.
    private func verifiedBytes(
        _ reference: ActiveUploadReference, _ session: Session
    ) async throws(UploadError) -> (BlobDigest, UInt64) {
        let size = session.spec.expectedBytes ?? session.contiguousBytes
        try await hashPrefix(reference)
        let (hash, meta) = try apply(reference) { upload, _ in (upload.hash, upload.meta) }
        guard hash.position == size else {
            throw UploadError(.storeCorrupt(detail: "\(reference.id.text): hashed \(hash.position) of \(size)"))
        }
        if meta.storage == .file {
            let sink = blobs.sink(for: meta, session.spec, hasDurableBytes: size > 0)
            defer { sink.close() }
            try await sink.seal(length: size)
        }
        return (.whole(Digest(hash.hasher.finalize())), size)
    }

    /// The digest of a concatenation: of its parts' digests, which costs nothing, unless the client wants the whole
    /// verified, which costs reading it.
    private func verifiedParts(
        _ record: UploadRecord, mustBeWhole: Bool
    ) async throws(UploadError) -> (BlobDigest, UInt64) {
        // Each commit of a part asks for this: only the last of them may cost reading all the others.
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
            return (.whole(try await digest(of: extents)), size)
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
            actual = try await self.digest(of: found.blob.extents)
        }
        guard digest == actual else {
            throw UploadError(.checksumMismatch(expected: digest.hex, actual: actual.hex))
        }
    }
}
