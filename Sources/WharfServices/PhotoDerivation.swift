public import ImagingPool
public import Logging
public import ServiceLifecycle
import SessionCore
import UploadCore
public import UploadDerivation
public import UploadHTTP
import UploadMemories
public import Wharf

/// Derives the photos of a store until its service group stops, then closes the pool. A derivation that is interrupted is
/// repeated by the next process.
///
///     if let executable = WorkerExecutable.find(path: path) {
///         services.append(PhotoDerivation(store: store, pool: try ImagingPool(executable: executable), logger: logger))
///     }
///
/// Uploads that were begun with `derivation: .recipe(.photo)` and committed become memories; what fails is logged and
/// counted, and retried as `DerivationPolicy` says.
public struct PhotoDerivation: Service {
    let store: EmbeddedStore
    let pool: ImagingPool
    let policy: DerivationPolicy
    let metrics: ServerMetrics
    let logger: Logger

    /// - Parameters:
    ///   - store: It must stay open until the service has ended.
    ///   - pool: Closed when `run` returns.
    ///   - policy: Set `atOnce` to the number of the pool's workers.
    public init(
        store: EmbeddedStore, pool: ImagingPool, policy: DerivationPolicy = DerivationPolicy(),
        metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        self.store = store
        self.pool = pool
        self.policy = policy
        self.metrics = metrics
        self.logger = logger
    }

    /// Returns after a graceful shutdown or a cancellation.
    public func run() async throws {
        let (metrics, logger) = (metrics, logger)
        let runner = DerivationRunner(
            uploads: store.uploads, deriver: pool, files: store.files, policy: policy
        ) { event in
            switch event {
            case .made(let memory, let upload):
                metrics.derived(memory.derivationError == nil ? .complete : .originalOnly)
                guard let derivationError = memory.derivationError else { return }
                logger.notice(
                    "derivation failed permanently; the memory has the original alone",
                    metadata: [
                        "upload": "\(upload.text)", "memory": "\(memory.id.text)", "reason": "\(derivationError)",
                    ])
            case .postponed(let upload, let reason):
                metrics.derived(.postponed)
                logger.warning(
                    "derivation failed, will retry", metadata: ["upload": "\(upload.text)", "reason": "\(reason)"])
            case .failed(let error):
                logger.error(
                    "store operation of a derivation failed, will retry",
                    metadata: ["error": "\(error.debugDescription)"])
            }
        }
        await cancelWhenGracefulShutdown {
            await runner.run(pause: { try await Task.sleep(for: .milliseconds($0)) })
        }
        await pool.close()
    }
}
