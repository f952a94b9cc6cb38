public import Logging
public import ServiceLifecycle
public import SessionCore
public import UploadCore
public import UploadHTTP
public import Wharf

/// Removes expired uploads at intervals until its service group stops, and frees their bytes, and those that an earlier
/// removal has left.
///
///     let sweeper = ExpirySweeper(store: store, logger: logger)
///     try await ServiceGroup(services: [sweeper, server], logger: logger).run()
///
/// A failed sweep is logged, and the next one retries. Without this service unfinished uploads keep their bytes until
/// `maintenance.expire()` is called or a limit makes room.
public struct ExpirySweeper: Service {
    /// Waits for the next sweep; throws when the task is cancelled.
    let pause: @Sendable () async throws -> Void
    /// Expires uploads and returns their number.
    let sweep: @Sendable () async throws(UploadError) -> Int
    /// Removes what other processes have left, and what could not be removed before.
    let removeGarbage: @Sendable () async throws(UploadError) -> Void
    /// Why the store takes no new uploads; nil if it does.
    let failure: @Sendable () async -> StoreFailure?
    /// Receives the number of expired uploads.
    let didSweep: @Sendable (Int) -> Void
    let logger: Logger

    /// - Parameters:
    ///   - store: It must stay open until the service has ended.
    ///   - interval: From the end of one sweep to the beginning of the next.
    public init(
        store: EmbeddedStore, every interval: Duration = .seconds(60), metrics: ServerMetrics = ServerMetrics(),
        logger: Logger
    ) {
        self.init(uploads: store.uploads, every: interval, metrics: metrics, logger: logger)
    }

    /// For a service over stores of your own; otherwise as the other initializer.
    public init<Store: Catalogue, Blobs: BlobStore, Time: WallClock>(
        uploads: UploadService<Store, Blobs, Time>, every interval: Duration = .seconds(60),
        metrics: ServerMetrics = ServerMetrics(), logger: Logger
    ) {
        let maintenance = uploads.maintenance
        self.init(
            pause: { try await Task.sleep(for: interval) },
            sweep: { () throws(UploadError) in try await maintenance.expire().count },
            removeGarbage: { () throws(UploadError) in try await maintenance.recover() },
            failure: { await maintenance.failure() },
            didSweep: { metrics.swept(expired: $0) }, logger: logger)
    }

    init(
        pause: @escaping @Sendable () async throws -> Void,
        sweep: @escaping @Sendable () async throws(UploadError) -> Int,
        removeGarbage: @escaping @Sendable () async throws(UploadError) -> Void,
        failure: @escaping @Sendable () async -> StoreFailure?,
        didSweep: @escaping @Sendable (Int) -> Void, logger: Logger
    ) {
        self.pause = pause
        self.sweep = sweep
        self.removeGarbage = removeGarbage
        self.failure = failure
        self.didSweep = didSweep
        self.logger = logger
    }

    /// Returns after a graceful shutdown or a cancellation, also in the middle of a pause.
    public func run() async throws {
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
            try await removeGarbage()
        } catch {
            logger.error("removal of garbage failed, will retry", metadata: ["error": "\(error.debugDescription)"])
        }
        if let failure = await failure() {
            logger.error(
                "new uploads are refused",
                metadata: ["store": "\(failure.part)", "error": "\(failure.cause.debugDescription)"])
        }
    }
}
