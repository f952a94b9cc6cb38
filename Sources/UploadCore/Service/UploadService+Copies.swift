public import SessionCore

/// Bytes that a caller has stored already need not be sent again.
extension UploadService {
    /// The blobs of a capsule.
    ///
    /// - Parameters:
    ///   - cursor: `BlobPage.next` of the previous page; nil for the first.
    ///   - limit: Clamped to 1...`Limits.pageMax`.
    /// - Throws: `not_found` and `forbidden` (capsule), `unavailable`.
    public func blobs(
        _ filter: BlobFilter, after cursor: SessionId? = nil, limit: Int = .max, by caller: Principal
    ) async throws(UploadError) -> BlobPage {
        try await require(.reader, in: filter.capsule, caller)
        return try await catalogue.blobs(filter, after: cursor, limit: max(1, min(limit, limits.pageMax)))
    }

    /// The blobs with these SHA-256 digests in a capsule and, if the caller owns it, in all capsules of the caller: one for
    /// each digest that is known.
    ///
    /// - Parameter digests: At most `Limits.batchMax`.
    /// - Throws: `forbidden` unless `Limits.deduplication`; `not_found` and `forbidden` (capsule); `too_large`;
    ///   `unavailable`.
    public func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, by caller: Principal
    ) async throws(UploadError) -> [BlobSummary] {
        try requireCopies()
        try Limits.require(UInt64(digests.count), atMost: UInt64(limits.batchMax), .batch)
        let owner = try await require(.reader, in: capsule, caller).owner
        return try await catalogue.blobs(
            withDigests: digests, in: capsule, andThoseOf: owner == caller ? caller : nil)
    }

    /// Stores the bytes of a blob under another name, at once and without copying them: the new blob is as any other, and
    /// either may be deleted. Repeated with the same idempotency key, returns the same blob.
    ///
    /// The bytes count once for the quota of their owner, until both are deleted.
    ///
    /// - Parameter request: Its layout and length have no meaning. Its expected digest is compared.
    /// - Throws: `forbidden` unless `Limits.deduplication`; `not_found` for a blob that the caller may not read, or that
    ///   belongs to a capsule of another owner; `checksum_mismatch`; otherwise as `beginUpload`.
    public func copy(
        _ source: BlobId, _ request: BeginRequest, by caller: Principal
    ) async throws(UploadError) -> Began {
        try requireCopies()
        let blob = try await blob(source, by: caller)
        if let expected = request.expectedDigest, let actual = blob.digest.whole, expected != actual {
            throw UploadError(.checksumMismatch(expected: expected.hex, actual: actual.hex))
        }
        var request = request
        request.layout = .append
        request.length = nil
        let draft = try draft(
            request, by: caller, parts: [source.value], fingerprint: request.fingerprint(parts: [source.value]),
            content: nil, source: source)
        return try await sessions.create(draft, checkAccess: Self.uploadCheck(caller))
    }

    private func requireCopies() throws(UploadError) {
        guard limits.deduplication else { throw UploadError(.copiesNotPermitted) }
    }
}
