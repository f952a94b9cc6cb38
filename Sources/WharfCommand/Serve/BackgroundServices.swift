import BlobStorage
import ImagingPool
import Logging
import ServiceLifecycle
import SessionCore
import UploadCore
import UploadDerivation
import UploadHTTP
import UploadMemories
import Wharf

/// Removes expired uploads at intervals until the server stops. A failed sweep is logged, and the next one retries.
struct ExpirySweeper: Service {
    /// Waits for the next sweep; throws when the task is cancelled.
    let pause: @Sendable () async throws -> Void
    /// Expires uploads and returns their number.
    let sweep: @Sendable () async throws(UploadError) -> Int
    /// Throws if the store takes no new uploads.
    let requireWritable: @Sendable () async throws(UploadError) -> Void
    /// Receives the number of expired uploads.
    let didSweep: @Sendable (Int) -> Void
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await pause()) != nil { await sweepOnce() }
        }
    }

    private func sweepOnce() async {
        do throws(UploadError) {
            let count = try await sweep()
            didSweep(count)
            if count > 0 { logger.info("uploads expired", metadata: ["count": .stringConvertible(count)]) }
        } catch {
            logger.error(
                "expiry sweep failed, will retry",
                metadata: ["error": "\(error.debugDescription)"])
        }
        do throws(UploadError) {
            try await requireWritable()
        } catch {
            logger.error("new uploads are refused", metadata: ["error": "\(error.debugDescription)"])
        }
    }
}

/// Derives the photos of a store until the server stops. Interrupted derivations are restarted by the next server.
struct PhotoDerivation: Service {
    let store: EmbeddedStore
    let pool: ImagingPool
    let policy: DerivationPolicy
    let metrics: ServerMetrics
    let logger: Logger

    func run() async throws {
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
