public import Logging
import Synchronization
import UploadHTTP

/// Keys that are fetched from the issuer. A failed fetch keeps the former keys and is logged.
public final class FetchedKeys: KeySource {
    /// Of fetches that tokens with unknown keys cause.
    public static let demandInterval = Duration.seconds(30)
    /// Of one fetch, and so the longest that a request waits for keys.
    public static let timeout = Duration.seconds(5)

    private struct State {
        var keys: KeySet?
        var lastDemand: ContinuousClock.Instant?
        /// The fetch in progress: all who need one share it.
        var running: Task<Void, Never>?
        var hasFailed = false
    }

    private let state = Mutex(State())
    private let document: @Sendable () async throws -> [UInt8]
    private let pause: @Sendable (Duration) async throws -> Void
    private let now: @Sendable () -> ContinuousClock.Instant
    private let logger: Logger
    private let failures: LogThrottle<Bool>

    /// - Parameters:
    ///   - pause: Waits; throws when the task is cancelled.
    ///   - now: A clock for the intervals between fetches.
    ///   - document: Fetches the JWK Set, of `KeySet.bytesMax` at most. Ends when its task is cancelled.
    public init(
        logger: Logger, pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        document: @escaping @Sendable () async throws -> [UInt8]
    ) {
        self.document = document
        self.pause = pause
        self.now = now
        self.logger = logger
        failures = LogThrottle(now: now)
    }

    public var keys: KeySet? { state.withLock { $0.keys } }

    /// Whether the last fetch failed, or there was none.
    public var isStale: Bool { state.withLock { $0.hasFailed || $0.keys == nil } }

    /// Fetches the keys, or waits for the fetch in progress. Returns after `timeout` at the latest.
    public func refresh() async {
        await state.withLock { start(&$0) }.value
    }

    public func refreshed() async -> KeySet? {
        // In between, a key may have been published: anybody can cause the fetch of an interval.
        guard let fetch = demanded() else { return nil }
        await fetch.value
        return state.withLock { $0.hasFailed ? nil : $0.keys }
    }

    // MARK: - Fetching

    /// - Returns: nil if a demand must wait for the end of its interval.
    private func demanded() -> Task<Void, Never>? {
        state.withLock { state in
            if let running = state.running { return running }
            let now = now()
            if let last = state.lastDemand, last.advanced(by: Self.demandInterval) > now { return nil }
            state.lastDemand = now
            return start(&state)
        }
    }

    /// The task belongs to no request: one that ends early takes the keys from nobody else.
    private func start(_ state: inout State) -> Task<Void, Never> {
        if let running = state.running { return running }
        let task = Task { await self.fetch() }
        state.running = task
        return task
    }

    private func fetch() async {
        let outcome = await fetched()
        let (before, hadFailed) = state.withLock { state in
            defer { state.running = nil }
            let former = (state.keys, state.hasFailed)
            if case .success(let keys) = outcome { state.keys = keys }
            state.hasFailed = if case .failure = outcome { true } else { false }
            return former
        }
        log(outcome, before: before, hadFailed: hadFailed)
    }

    private func fetched() async -> Result<KeySet, any Error> {
        await withTaskGroup(of: Result<KeySet, any Error>?.self) { [document, pause] tasks in
            tasks.addTask {
                do {
                    return .success(try await KeySet(parsing: try await document()))
                } catch {
                    return .failure(error)
                }
            }
            tasks.addTask {
                // Fails only when the other one has ended.
                try? await pause(Self.timeout)
                return nil
            }
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            return first ?? .failure(KeySetError("it did not arrive within \(Self.timeout)"))
        }
    }

    private func log(_ outcome: Result<KeySet, any Error>, before: KeySet?, hadFailed: Bool) {
        switch outcome {
        case .success(let keys):
            guard keys != before || hadFailed else { return }
            logger.notice("token keys fetched", metadata: keys.logMetadata)
        case .failure(let error):
            guard let suppressed = failures.admit(before == nil) else { return }
            logger.error(
                before == nil
                    ? "token keys not fetched: requests with JWTs are answered with 503 until they are"
                    : "token keys not fetched; the former ones stay valid",
                metadata: ["error": "\(error)", "suppressed": "\(suppressed)"])
        }
    }
}

extension KeySet {
    /// How many keys there are, and why others are not used.
    public var logMetadata: Logger.Metadata {
        ["count": "\(count)", "skipped": "\(skipped.joined(separator: "; "))"]
    }
}
