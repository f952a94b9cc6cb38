import BlobStorageS3
import CataloguePostgres
public import UploadCore

extension ClusterStore {
    /// The lifetimes that a URL of `downloadURL` may have, in seconds.
    public static let redirectSeconds = 1...604_800

    /// A URL with which anybody may read a published blob for a while, from the bucket. The caller has checked the access.
    ///
    /// - Parameters:
    ///   - type: The `Content-Type` of the bucket's response.
    ///   - disposition: Its `Content-Disposition`.
    ///   - seconds: For which it is valid, one of `redirectSeconds`.
    /// - Returns: Nil for a blob that is not published.
    /// - Throws: `unavailable`.
    public func downloadURL(
        of blob: BlobId, type: String, disposition: String, seconds: Int
    ) async throws(UploadError) -> String? {
        guard let name = try await catalogue.publishedName(of: blob.value) else { return nil }
        return blobs.presignedURL(ofPublished: name, type: type, disposition: disposition, seconds: seconds)
    }
}
