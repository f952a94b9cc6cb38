public import ImagingPool
public import Logging
public import ServiceLifecycle
public import SessionCore
public import UploadCore
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
    /// Derives until its task is cancelled; the argument waits for a time in milliseconds.
    private let derive: @Sendable (@escaping @Sendable (Int64) async throws -> Void) async -> Void
    private let pool: ImagingPool

    /// - Parameters:
    ///   - store: It must stay open until the service has ended.
    ///   - pool: Closed when `run` returns.
    ///   - policy: Set `atOnce` to the number of the pool's workers.
    public init(
        store: EmbeddedStore, pool: ImagingPool, policy: DerivationPolicy = DerivationPolicy(),
        metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        self.init(
            uploads: store.uploads, files: store.files, pool: pool, policy: policy, metrics: metrics, logger: logger)
    }

    /// For a service over stores of your own; otherwise as the other initializer.
    ///
    /// - Parameter files: Opens the files of photos, which then need no copy; nil if the bytes are not in files.
    public init<Store: PhotoCatalogue, Blobs: BlobStore, Time: WallClock>(
        uploads: UploadService<Store, Blobs, Time>, files: (any OpenFileProvider)?, pool: ImagingPool,
        policy: DerivationPolicy = DerivationPolicy(), metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        let runner = DerivationRunner(uploads: uploads, deriver: pool, files: files, policy: policy) { event in
            Self.report(event, metrics, logger)
        }
        derive = { await runner.run(pause: $0) }
        self.pool = pool
    }

    private static func report<Store, Blobs, Time>(
        _ event: DerivationRunner<Store, Blobs, Time>.Event, _ metrics: ServerMetrics, _ logger: Logger
    ) {
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

    /// Returns after a graceful shutdown or a cancellation.
    public func run() async throws {
        await cancelWhenGracefulShutdown { await derive { try await Task.sleep(for: .milliseconds($0)) } }
        await pool.close()
    }
}
