import Logging
import ServiceLifecycle
import SessionCore
import UploadCore
import UploadHTTP
import Wharf

/// Scrubs the store at intervals and at a limited rate, until the server stops. Damage is logged and counted; nothing is
/// changed.
struct ScrubService: Service {
    let store: EmbeddedStore
    /// From the beginning of one scrub to that of the next.
    let intervalMilliseconds: Int64
    let bytesPerSecond: UInt64
    /// Waits for a time in milliseconds; throws when the task is cancelled.
    let pause: @Sendable (Int64) async throws -> Void
    let metrics: ServerMetrics
    let logger: Logger

    /// The longest pause while no scrub is due, and the pause after an error.
    private static let idleMilliseconds: Int64 = 60_000
    /// The bytes of a step are read at once.
    private static let stepBytesMax: UInt64 = 4 << 20

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var scrubber = store.uploads.maintenance.scrubber()
            var (wait, findings): (Int64, Int) = (1000, 0)
            while (try? await pause(wait)) != nil { wait = await step(&scrubber, &findings) }
        }
    }

    /// - Parameter findings: Of the scrub under way.
    /// - Returns: The pause before the next step, in milliseconds.
    private func step(_ scrubber: inout EmbeddedStore.Scrubber, _ findings: inout Int) async -> Int64 {
        do throws(UploadError) {
            guard try await scrubber.isDue(every: intervalMilliseconds) else {
                return min(intervalMilliseconds, Self.idleMilliseconds)
            }
            let step = try await scrubber.step(byteCount: min(bytesPerSecond, Self.stepBytesMax))
            for issue in step.issues { log(issue) }
            metrics.scrubbed(bytes: step.bytesRead, findings: step.issues.count, isLast: step.isLast)
            findings += step.issues.count
            if step.isLast {
                logger.log(
                    level: findings == 0 ? .info : .warning, "stored bytes verified",
                    metadata: ["findings": .stringConvertible(findings)])
                findings = 0
            }
            // A scrub of an empty store takes no time.
            return max(step.isLast ? 1000 : 0, Int64(min(step.bytesRead, 1 << 50) * 1000 / bytesPerSecond))
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
