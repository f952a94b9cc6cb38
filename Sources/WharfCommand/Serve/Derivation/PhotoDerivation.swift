import BlobStorage
import ImagingPool
import Logging
import ServiceLifecycle
import SessionCore
import UploadCore
import UploadHTTP
import Wharf

/// Derives the photos of a store until the server stops. What is under way then is begun again by the next server.
struct PhotoDerivation: Service {
    let store: EmbeddedStore
    let pool: ImagingPool
    let policy: DerivationPolicy
    let metrics: ServerMetrics
    let logger: Logger

    func run() async throws {
        let (metrics, logger) = (metrics, logger)
        let runner = DerivationRunner(
            uploads: store.uploads, deriver: pool, files: store.uploads.sessions.blobs, policy: policy
        ) { event in
            switch event {
            case .made(let memory, let upload):
                metrics.derived(memory.derivationError == nil ? .complete : .originalOnly)
                guard let derivationError = memory.derivationError else { return }
                logger.notice(
                    "a memory has its original alone",
                    metadata: [
                        "upload": "\(upload.text)", "memory": "\(memory.id.text)", "reason": "\(derivationError)",
                    ])
            case .postponed(let upload, let reason):
                metrics.derived(.postponed)
                logger.warning(
                    "a derivation is put off", metadata: ["upload": "\(upload.text)", "reason": "\(reason)"])
            case .failed(let error):
                logger.error(
                    "the store failed a derivation, which is made up for",
                    metadata: ["error": "\(error.debugDescription)"])
            }
        }
        await cancelWhenGracefulShutdown {
            await runner.run(pause: { try await Task.sleep(for: .milliseconds($0)) })
        }
        await pool.close()
    }
}
