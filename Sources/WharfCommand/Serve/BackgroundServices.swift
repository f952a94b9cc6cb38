import Logging
import ServiceLifecycle
import UploadCore

/// Looks for expired uploads again and again, until the server stops. A search that fails is one that the next makes up for.
struct Sweeper: Service {
    /// Returns when it is time to search; throws when the task is cancelled.
    let pause: @Sendable () async throws -> Void
    /// Ends what has expired, and says how many that were.
    let sweep: @Sendable () async throws(UploadError) -> Int
    /// Is told how many had expired.
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
                "the search for expired uploads failed; the next makes up for it",
                metadata: ["error": "\(error.debugDescription)"])
        }
    }
}
