public import SessionCore

/// The durable facts about blobs, and the bytes of small uploads.
///
/// Laws, besides those of `Catalogue`: see `CatalogueContract.Port.blobs`.
public protocol BlobCatalogue: Sendable {
    /// A committed upload that is not a part, with its extents and capsule; nil if it does not exist.
    func blob(_ id: BlobId) async throws(UploadError) -> (blob: Blob, capsule: Capsule)?

    /// The bytes of an upload stored in the catalogue: the recorded bytes of the range, from its start to the first
    /// gap.
    func catalogueBytes(_ id: SessionId, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8]

    /// Deletes a blob and frees its bytes. A concatenation's bytes that others refer to stay.
    ///
    /// - Returns: As `end`.
    /// - Throws: `not_found`, the errors of `checkAccess`, `in_use`.
    func deleteBlob(_ id: BlobId, at now: Timestamp, checkAccess: @escaping AccessCheck) async throws(UploadError)
        -> [ObjectKey]

    func countBlobs() async throws(UploadError) -> UInt64

    /// The keys of unreferenced files, until `forgetGarbage` removes them.
    func garbage(limit: Int) async throws(UploadError) -> [ObjectKey]
    /// Removes keys from `garbage`, once their files are removed durably.
    func forgetGarbage(_ keys: [ObjectKey]) async throws(UploadError)
}
