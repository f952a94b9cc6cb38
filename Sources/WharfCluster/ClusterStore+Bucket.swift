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
        let recorded: [RecordedSegment]
        do throws(UploadError) {
            // Keys are random: the first ones are a sample of all.
            recorded = try await catalogue.recordedSegments(after: nil, limit: Self.lookedUpMax)
        } catch {
            throw .catalogue(error)
        }
        guard recorded.count >= Self.recordedMin else { return }
        do throws(UploadError) {
            for segment in recorded where try await blobs.size(ofSegment: segment.key) != nil { return }
        } catch {
            throw .objects(
                S3Error(.unavailable, "Looking for recorded segments failed: \(error.debugDescription)."))
        }
        throw .objects(
            S3Error(
                .configuration,
                "It has none of the segments that the database records: their bucket or prefix is another one."))
    }
}
