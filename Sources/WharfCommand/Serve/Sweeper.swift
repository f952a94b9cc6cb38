import Logging
import ServiceLifecycle
import UploadCore

/// Expires uploads periodically until the server stops. A failed sweep is retried at the next interval.
struct Sweeper: Service {
    /// Waits for the next sweep; throws when the task is cancelled.
    let pause: @Sendable () async throws -> Void
    /// Expires uploads and returns their number.
    let sweep: @Sendable () async throws(UploadError) -> Int
    /// Called after a successful sweep with the number of expired uploads.
    let swept: @Sendable (Int) -> Void
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await pause()) != nil { await sweepOnce() }
        }
    }

    private func sweepOnce() async {
        do throws(UploadError) {
            let count = try await sweep()
            swept(count)
            if count > 0 { logger.info("uploads expired", metadata: ["count": .stringConvertible(count)]) }
        } catch {
            logger.error(
                "expiry sweep failed, will retry",
                metadata: ["error": "\(error.debugDescription)"])
        }
    }
}
