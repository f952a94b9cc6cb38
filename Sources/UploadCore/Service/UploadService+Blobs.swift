import SessionCore

extension UploadService {
    /// Whether a blob that somebody is reading was deleted meanwhile. Checks no access, which its reader has.
    package func isDeleted(_ id: BlobId) async throws(UploadError) -> Bool {
        try await catalogue.summary(of: id) == nil
    }

    /// The metadata of a blob, without its extents.
    ///
    /// - Throws: `not_found`, also if the caller may not read its capsule.
    public func summary(of id: BlobId, by caller: Principal) async throws(UploadError) -> BlobSummary {
        guard let (summary, capsule) = try await catalogue.summary(of: id) else { throw UploadError(.notFound(.blob)) }
        try capsule.require(.reader, of: caller, seeking: .blob)
        return summary
    }

    /// The metadata of a blob, with its extents.
    ///
    /// - Throws: `not_found`, also if the caller may not read its capsule.
    public func blob(_ id: BlobId, by caller: Principal) async throws(UploadError) -> Blob {
        guard let (blob, capsule) = try await catalogue.blob(id) else { throw UploadError(.notFound(.blob)) }
        try capsule.require(.reader, of: caller, seeking: .blob)
        return blob
    }

    /// Reads a blob, or a range of it, piece by piece.
    ///
    /// - Throws: `not_found`; `invalid_argument` for a range that leaves the blob.
    public func read(
        _ id: BlobId, _ range: Range<UInt64>? = nil, by caller: Principal
    ) async throws(UploadError) -> BlobReader<Store, Blobs, Time> {
        let blob = try await blob(id, by: caller)
        let range = range ?? 0..<blob.size
        guard range.upperBound <= blob.size else {
            throw UploadError(.invalidArgument("range", "ends at \(range.upperBound), past the size \(blob.size)"))
        }
        return BlobReader(sessions: sessions, slices: blob.slices(range))
    }

    /// Reads the blob that an upload has become, such as what `commit` returns.
    ///
    /// - Throws: As `read` of a blob; `not_found` for an upload that is not committed, and for a part.
    public func read(
        _ upload: UploadRecord, _ range: Range<UInt64>? = nil, by caller: Principal
    ) async throws(UploadError) -> BlobReader<Store, Blobs, Time> {
        try await read(BlobId(upload.id), range, by: caller)
    }

    /// Reads one chunk of a blob that was uploaded in chunks.
    ///
    /// - Throws: `not_found`; `invalid_argument` for a blob without chunks or an index past the last.
    public func readChunk(
        _ id: BlobId, index: UInt64, by caller: Principal
    ) async throws(UploadError) -> BlobReader<Store, Blobs, Time> {
        let blob = try await blob(id, by: caller)
        return BlobReader(sessions: sessions, slices: blob.slices(try blob.chunkRange(index)))
    }

    /// Reads slices of a blob without an access check; `blob` has made the check already.
    package func reader(of slices: [BlobSlice]) -> BlobReader<Store, Blobs, Time> {
        BlobReader(sessions: sessions, slices: slices)
    }

    /// Deletes a blob and frees its bytes, unless a concatenation refers to them.
    ///
    /// - Throws: `not_found`, `forbidden`, `in_use` while a memory uses it, `unavailable`.
    public func deleteBlob(_ id: BlobId, by caller: Principal) async throws(UploadError) {
        let garbage = try await catalogue.deleteBlob(
            id, at: now(), checkAccess: Self.accessCheck(.writer, caller, seeking: .blob))
        await sessions.forget(id.value)
        try? await sessions.remove(garbage)
    }

    public func countBlobs() async throws(UploadError) -> UInt64 {
        try await catalogue.countBlobs()
    }
}
