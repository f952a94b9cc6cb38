public import Logging
public import ServiceLifecycle
import SessionCore
import UploadCore
public import UploadHTTP
public import Wharf

/// Verifies the stored bytes at intervals and at a limited rate, until its service group stops. Damage is logged with what to
/// do about it, and counted; nothing is changed.
public struct StoreScrubber: Service {
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

    /// - Parameters:
    ///   - store: It must stay open until the service has ended.
    ///   - interval: From the beginning of one scrub to that of the next, also over restarts of the process.
    ///   - bytesPerSecond: The bytes read in a second, on average; at least 1.
    public init(
        store: EmbeddedStore, every interval: Duration = .seconds(30 * 24 * 3600), bytesPerSecond: UInt64 = 16 << 20,
        metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        self.init(
            store: store, intervalMilliseconds: Int64(interval / .milliseconds(1)), bytesPerSecond: bytesPerSecond,
            pause: { try await Task.sleep(for: .milliseconds($0)) }, metrics: metrics, logger: logger)
    }

    init(
        store: EmbeddedStore, intervalMilliseconds: Int64, bytesPerSecond: UInt64,
        pause: @escaping @Sendable (Int64) async throws -> Void, metrics: ServerMetrics, logger: Logger
    ) {
        self.store = store
        self.intervalMilliseconds = intervalMilliseconds
        self.bytesPerSecond = max(1, bytesPerSecond)
        self.pause = pause
        self.metrics = metrics
        self.logger = logger
    }

    /// Returns after a graceful shutdown or a cancellation, also in the middle of a pause.
    public func run() async throws {
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
