public import Logging
public import ServiceLifecycle
public import SessionCore
public import UploadCore
public import UploadHTTP
public import Wharf

/// Verifies the stored bytes at intervals and at a limited rate, until its service group stops. Damage is logged with what to
/// do about it, and counted; nothing is changed.
public struct StoreScrubber: Service {
    /// A new one for each run of the service.
    let begin: @Sendable () -> any ScrubLoop
    /// The pause while nothing is to be verified, and after an error.
    let idleMilliseconds: Int64
    /// Waits for a time in milliseconds; throws when the task is cancelled.
    let pause: @Sendable (Int64) async throws -> Void
    let metrics: ServerMetrics
    let logger: Logger

    /// Its maximum.
    private static let idleMillisecondsMax: Int64 = 60_000

    /// - Parameters:
    ///   - store: It must stay open until the service has ended.
    ///   - interval: From the beginning of one scrub to that of the next, also over restarts of the process.
    ///   - bytesPerSecond: The bytes read in a second, on average; at least 1.
    public init(
        store: EmbeddedStore, every interval: Duration = .seconds(30 * 24 * 3600), bytesPerSecond: UInt64 = 16 << 20,
        metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        let pace = ScrubPace(intervalMilliseconds: Int64(interval / .milliseconds(1)), bytesPerSecond: bytesPerSecond)
        self.init(
            pace, begin: { OwnScrub(store.uploads.maintenance.scrubber(), pace) }, pause: Self.sleep,
            metrics: metrics, logger: logger)
    }

    /// Takes part in the scrub of a store that several processes have. Each of them verifies what no other one does.
    ///
    /// - Parameters:
    ///   - uploads: Its stores must stay open until the service has ended.
    ///   - interval: From the beginning of one scrub to that of the next. The same for all processes.
    ///   - bytesPerSecond: The bytes read in a second, on average, by all processes together; at least 64 KiB. A request for a
    ///     segment counts for 128 KiB at least. The same for all of them.
    public init<Store: SegmentCatalogueMaintenance & ScrubCatalogue, Blobs: SegmentStoreMaintenance, Time: WallClock>(
        sharing uploads: UploadService<Store, Blobs, Time>, every interval: Duration = .seconds(30 * 24 * 3600),
        bytesPerSecond: UInt64 = 16 << 20, metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        let pace = ScrubPace(
            intervalMilliseconds: Int64(interval / .milliseconds(1)), bytesPerSecond: max(64 << 10, bytesPerSecond))
        self.init(
            pace, begin: { SharedScrub(uploads.maintenance.sharedScrubber(pace), pace) }, pause: Self.sleep,
            metrics: metrics, logger: logger)
    }

    init(
        _ pace: ScrubPace, begin: @escaping @Sendable () -> any ScrubLoop,
        pause: @escaping @Sendable (Int64) async throws -> Void, metrics: ServerMetrics, logger: Logger
    ) {
        self.begin = begin
        idleMilliseconds = max(1000, min(pace.intervalMilliseconds, Self.idleMillisecondsMax))
        self.pause = pause
        self.metrics = metrics
        self.logger = logger
    }

    private static let sleep: @Sendable (Int64) async throws -> Void = { try await Task.sleep(for: .milliseconds($0)) }

    /// Returns after a graceful shutdown or a cancellation, also in the middle of a pause.
    public func run() async throws {
        let loop = await cancelWhenGracefulShutdown {
            var loop = begin()
            var wait: Int64 = 1000
            while (try? await pause(wait)) != nil { wait = await step(&loop) }
            return loop
        }
        do throws(UploadError) {
            try await loop.end()
        } catch {
            logger.warning(
                "other nodes go on with the verification of stored bytes later",
                metadata: ["error": "\(error.debugDescription)"])
        }
    }

    /// - Returns: The pause before the next step, in milliseconds.
    private func step(_ loop: inout any ScrubLoop) async -> Int64 {
        do throws(UploadError) {
            guard let step = try await loop.step() else { return idleMilliseconds }
            for issue in step.issues { log(issue) }
            let isLast = step.findingsOfScrub != nil
            metrics.scrubbed(bytes: step.bytesRead, findings: step.issues.count, isLast: isLast)
            if let findings = step.findingsOfScrub {
                logger.log(
                    level: findings == 0 ? .info : .warning, "stored bytes verified",
                    metadata: ["findings": .stringConvertible(findings)])
            }
            // A scrub of an empty store takes no time.
            return max(isLast ? 1000 : 0, step.waitMilliseconds)
        } catch {
            logger.error(
                "the verification of stored bytes failed, will retry", metadata: ["error": "\(error.debugDescription)"])
            return idleMilliseconds
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
