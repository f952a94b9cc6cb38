import BlobStorageS3
import CataloguePostgres

extension ClusterStore {
    /// Publishes the blobs of the cluster as one object each, and removes the objects of those that have ended, until its task
    /// is cancelled. Each node has one such task, also those that publish nothing: what others have published ends with its blob.
    ///
    /// - Parameters:
    ///   - policy: Nil to publish nothing.
    ///   - pause: Waits for a number of milliseconds; throws when its task is cancelled.
    ///   - report: Must return at once.
    public func publish(
        _ policy: PublicationPolicy?, pause: @escaping @Sendable (_ milliseconds: Int64) async throws -> Void,
        report: @escaping @Sendable (PublicationEvent) -> Void
    ) async {
        await publisher(policy, report: report).run(pause: pause)
    }

    func publisher(
        _ policy: PublicationPolicy?, report: @escaping @Sendable (PublicationEvent) -> Void
    ) -> Publisher {
        Publisher(uploads: uploads, catalogue: catalogue, blobs: blobs, policy: policy, report: report)
    }
}
