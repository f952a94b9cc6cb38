import BlobStorageS3
import CataloguePostgres
import UploadCore

extension ClusterStore {
    /// As many of the recorded segments are looked up until one is found.
    static let lookedUpMax = 16
    /// With fewer segments a bucket that has lost them could not be told from another one.
    static let recordedMin = 4

    /// Requires that the bucket has segments that the database records: a node with another bucket or prefix would acknowledge
    /// uploads that no other node can read. Nothing is required of a database that records hardly any.
    func requireRecordedSegments() async throws(ClusterStoreError) {
        let isPresent: Bool
        do throws(UploadError) {
            isPresent = try await hasRecordedSegments()
        } catch {
            let problem = "Looking for recorded segments failed: \(error.debugDescription)."
            throw .objects(S3Error(.unavailable, problem))
        }
        guard isPresent else {
            let problem =
                "It has none of the segments that the database records: their bucket or prefix is another one."
            throw .objects(S3Error(.configuration, problem))
        }
    }

    private func hasRecordedSegments() async throws(UploadError) -> Bool {
        // Keys are random: the first ones are a sample of all.
        let recorded = try await catalogue.recordedSegments(after: nil, limit: Self.lookedUpMax)
        guard recorded.count >= Self.recordedMin else { return true }
        for segment in recorded where try await blobs.size(ofSegment: segment.key) != nil { return true }
        return false
    }
}
