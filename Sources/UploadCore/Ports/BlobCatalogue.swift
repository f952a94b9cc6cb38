public import SessionCore

/// The durable facts about blobs, and the bytes of small uploads.
///
/// Laws, besides those of `Catalogue`: see `CatalogueContract.Port.blobs`.
public protocol BlobCatalogue: Sendable {
    /// A committed upload that is not a part, with its extents and capsule; nil if it does not exist.
    func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)?

    /// As `blob`, without the extents: the cost does not depend on the number of a concatenation's parts.
    func summary(of id: BlobId) async throws(UploadError) -> (summary: BlobSummary, capsule: Capsule)?

    /// The bytes of an upload stored in the catalogue: the recorded bytes of the range, from its start to the first
    /// gap.
    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8]

    /// Deletes a blob and frees its bytes, unless a concatenation or a copy refers to them.
    ///
    /// - Returns: As `end`.
    /// - Throws: `not_found`, the errors of `checkAccess`, `in_use`.
    func deleteBlob(_ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> [ObjectKey]

    func countBlobs() async throws(UploadError) -> UInt64

    /// Blobs in the order of their ids, that is, of their creation. The cost of a page is bounded, however few blobs the
    /// filter selects.
    ///
    /// - Parameters:
    ///   - cursor: `BlobPage.next` of the previous page; nil for the first.
    ///   - limit: Of the entries.
    func blobs(_ filter: BlobFilter, after cursor: SessionId?, limit: Int) async throws(UploadError) -> BlobPage

    /// The blobs with these digests of all their bytes, one for each digest, in the order of the digests. Of several it is
    /// the oldest, in `capsule` before others. Among many blobs of other principals with the same digest one may be
    /// missed.
    ///
    /// - Parameters:
    ///   - capsule: Where blobs are looked for.
    ///   - owner: Whose other capsules are searched, too; nil for `capsule` alone.
    func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) async throws(UploadError) -> [BlobSummary]

    /// The keys of unreferenced files, until `forgetGarbage` removes them.
    func garbage(limit: Int) async throws(UploadError) -> [ObjectKey]
    /// Removes keys from `garbage`, once their files are removed durably. A catalogue of segments may list them again later,
    /// for writes that arrived behind their removal.
    func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError)
    /// Lists keys after all others that are listed in `garbage`, and where the catalogue is shared only after a delay that
    /// grows with every postponement: their files could not be removed.
    func postponeGarbage(_ keys: [ObjectKey]) async throws(UploadError)
}

extension BlobCatalogue {
    /// From the whole blob, for a catalogue that does not keep the extents apart.
    public func summary(of id: BlobId) async throws(UploadError) -> (summary: BlobSummary, capsule: Capsule)? {
        try await blob(id).map { ($0.blob.summary, $0.capsule) }
    }
}
