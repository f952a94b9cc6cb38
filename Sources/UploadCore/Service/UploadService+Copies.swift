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
    /// each digest that is known. One whose bytes the store is known to lack, or does not tell, is left out: its caller sends
    /// them.
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
        let found = try await catalogue.blobs(
            withDigests: digests, in: capsule, andThoseOf: owner == caller ? caller : nil)
        return try await storedOnes(of: found)
    }

    /// Stores the bytes of a blob under another name, at once and without copying them: the new blob is as any other, and
    /// either may be deleted. Repeated with the same idempotency key, returns the same blob.
    ///
    /// The bytes count once for the quota of their owner, until both are deleted.
    ///
    /// - Parameter request: Its layout and length have no meaning. Its expected digest is compared.
    /// - Throws: `forbidden` unless `Limits.deduplication`; `not_found` for a blob that the caller may not read, or that
    ///   belongs to a capsule of another owner; `checksum_mismatch`; `store_corrupt` if the store is known to lack its bytes;
    ///   otherwise as `beginUpload`.
    public func copy(
        _ source: BlobId, _ request: BeginRequest, by caller: Principal
    ) async throws(UploadError) -> Began {
        try requireCopies()
        let blob = try await blob(source, by: caller)
        if let expected = request.expectedDigest, let actual = blob.digest.whole, expected != actual {
            throw UploadError(.checksumMismatch(expected: expected.hex, actual: actual.hex))
        }
        guard try await isStored(blob) else {
            throw UploadError(.storeCorrupt(detail: "bytes of blob \(source.value.text) are missing; it is not copied"))
        }
        var request = request
        request.layout = .append
        request.length = nil
        let draft = try draft(
            request, by: caller, parts: [source.value], fingerprint: request.fingerprint(parts: [source.value]),
            content: nil, source: source)
        return try await sessions.create(draft, checkAccess: Self.uploadCheck(caller))
    }

    /// Whether the store has the bytes of a blob, as far as it can tell without reading them.
    private func isStored(_ blob: Blob) async throws(UploadError) -> Bool {
        for extent in blob.extents where extent.storage == .file {
            guard try await sessions.blobs.has(0..<extent.length, of: extent.key) else { return false }
        }
        return true
    }

    /// Blobs that are asked about at the same time.
    private static var askedAtOnce: Int { 8 }

    /// Those of these blobs whose bytes are stored.
    ///
    /// - Throws: `unavailable`, instead of telling that nothing is known.
    private func storedOnes(of found: [BlobSummary]) async throws(UploadError) -> [BlobSummary] {
        var stored: [BlobSummary] = []
        for start in stride(from: 0, to: found.count, by: Self.askedAtOnce) {
            let some = found[start..<min(start + Self.askedAtOnce, found.count)]
            let answers = await withTaskGroup(of: (id: BlobId, isStored: Bool?).self) { group in
                for blob in some { group.addTask { (blob.id, await self.isStored(blob.id)) } }
                return await group.reduce(into: [:]) { $0[$1.id] = $1.isStored }
            }
            stored += some.filter { answers[$0.id] == true }
            if answers.count < some.count { try await sessions.blobs.requireReachable() }
        }
        return stored
    }

    /// - Returns: Nil if the catalogue or the store does not answer.
    private func isStored(_ id: BlobId) async -> Bool? {
        do throws(UploadError) {
            // One that was deleted since is not stored.
            guard let blob = try await catalogue.blob(id)?.blob else { return false }
            return try await isStored(blob)
        } catch {
            return nil
        }
    }

    private func requireCopies() throws(UploadError) {
        guard limits.deduplication else { throw UploadError(.copiesNotPermitted) }
    }
}
