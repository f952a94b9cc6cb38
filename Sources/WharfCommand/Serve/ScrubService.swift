import Logging
import ServiceLifecycle
import SessionCore
import UploadCore
import UploadHTTP
import Wharf

/// Verifies the stored bytes at intervals, slowly, until the server stops. Damage is logged and counted, and nothing is
/// changed.
struct ScrubService: Service {
    let store: EmbeddedStore
    /// From the beginning of one pass to that of the next.
    let intervalMilliseconds: Int64
    let bytesPerSecond: UInt64
    /// Waits for a time in milliseconds; throws when the task is cancelled.
    let pause: @Sendable (Int64) async throws -> Void
    let metrics: ServerMetrics
    let logger: Logger

    /// The pause while no pass is due, and after an error.
    private static let idleMilliseconds: Int64 = 60_000
    /// The bytes of a step are read at once.
    private static let stepBytesMax: UInt64 = 4 << 20

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var scrubber = store.uploads.maintenance.scrubber()
            var wait: Int64 = 1000
            while (try? await pause(wait)) != nil { wait = await step(&scrubber) }
        }
    }

    /// - Returns: The pause before the next step, in milliseconds.
    private func step(_ scrubber: inout EmbeddedStore.Scrubber) async -> Int64 {
        do throws(UploadError) {
            guard try await scrubber.isDue(every: intervalMilliseconds) else { return Self.idleMilliseconds }
            let step = try await scrubber.step(byteCount: min(bytesPerSecond, Self.stepBytesMax))
            for issue in step.issues { log(issue) }
            metrics.scrubbed(bytes: step.bytesRead, findings: step.issues.count, isLast: step.isLast)
            if step.isLast { logger.info("stored bytes verified") }
            return Int64(min(step.bytesRead, 1 << 50) * 1000 / bytesPerSecond)
        } catch {
            logger.error(
                "the verification of stored bytes failed, will retry", metadata: ["error": "\(error.debugDescription)"])
            return Self.idleMilliseconds
        }
    }

    private func log(_ issue: CheckIssue) {
        logger.error(
            "stored bytes are damaged",
            metadata: [
                "kind": "\(issue.kind.rawValue)", "upload": "\(issue.upload?.text ?? "")", "detail": "\(issue.detail)",
                "advice": "\(issue.advice)",
            ])
    }
}
