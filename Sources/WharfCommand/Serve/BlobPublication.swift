import Logging
import ServiceLifecycle
import UploadHTTP
import WharfCluster

/// Publishes the blobs of a cluster, and removes what was published of those that have ended, until its service group stops.
/// What was not finished is taken up by another node, or at the next start.
struct BlobPublication: Service {
    let store: ClusterStore
    /// Nil to publish nothing.
    let policy: PublicationPolicy?
    let metrics: ServerMetrics
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await store.publish(policy) {
                try await Task.sleep(for: .milliseconds($0))
            } report: { [metrics, logger] event in
                Self.report(event, metrics, logger)
            }
        }
    }

    private static func report(_ event: PublicationEvent, _ metrics: ServerMetrics, _ logger: Logger) {
        switch event {
        case .published(let upload, let name):
            metrics.published(.complete)
            logger.debug("blob published", metadata: ["upload": "\(upload)", "object": "\(name)"])
        case .postponed(let upload, let reason):
            metrics.published(.postponed)
            logger.warning(
                "publication failed, will retry", metadata: ["upload": "\(upload)", "reason": "\(reason)"])
        case .givenUp(let upload, let reason):
            metrics.published(.givenUp)
            logger.error(
                "publication failed permanently; `wharf check --verify --repair` has it tried again",
                metadata: ["upload": "\(upload)", "reason": "\(reason)"])
        case .removed(let name): logger.debug("published object removed", metadata: ["object": "\(name)"])
        case .removalFailed(let name, let reason):
            logger.error(
                "a published object could not be removed, will retry",
                metadata: ["object": "\(name)", "reason": "\(reason)"])
        case .aborted(let name):
            logger.info("abandoned multipart upload aborted", metadata: ["object": "\(name)"])
        case .failed(let reason):
            logger.error(
                "store operation of a publication failed, will retry", metadata: ["error": "\(reason)"])
        }
    }
}
