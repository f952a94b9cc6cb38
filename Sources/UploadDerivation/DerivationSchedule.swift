import SessionCore
import UploadModel

/// Concurrency, attempts and delays of derivations.
public struct DerivationPolicy: Hashable, Sendable {
    /// Derivations in progress at once.
    public var atOnce = 2
    /// Attempts per derivation; after the last failure the memory is created with the original alone. An attempt counts
    /// from its start, so that a photo that crashes the whole process is not retried forever.
    public var attemptsMax = 5
    /// The delay after the first failure of a worker; each further delay is four times as long.
    public var retryMilliseconds: Int64 = 1000
    public var retryMillisecondsMax: Int64 = 5 * 60 * 1000
    /// Bytes of finished derivatives that are kept in memory for other uploads of the same bytes by the same caller. 0
    /// keeps none.
    public var cacheBytesMax = 32 << 20
    /// The delay when no worker is available or the store failed. Such an attempt does not count.
    public var unavailableMilliseconds: Int64 = 30 * 1000

    public init() {}

    /// The time of the next attempt after a number of failed ones.
    func nextAttempt(after attempts: Int, at now: Timestamp) -> Timestamp {
        let factor = Int64(1) << Int64(2 * min(max(0, attempts - 1), 20))
        let (product, overflow) = retryMilliseconds.multipliedReportingOverflow(by: factor)
        return now.advanced(byMilliseconds: overflow ? retryMillisecondsMax : min(product, retryMillisecondsMax))
    }
}

/// Decides which derivations to start now and when to check again. Pure: the time and the derivations that are due are
/// arguments.
struct DerivationSchedule {
    let policy: DerivationPolicy
    private(set) var running: Set<SessionId> = []
    /// Whose turn was the last.
    private(set) var lastCaller: Principal?
    /// The earliest alarm that is set.
    private(set) var alarm: Timestamp?

    init(_ policy: DerivationPolicy) {
        self.policy = policy
    }

    /// The number of derivations that may start. With none a completion follows, and nothing needs to be decided.
    var free: Int { max(0, policy.atOnce - running.count) }

    /// - Parameter due: Up to `free` derivations that are due and not running, in the order of their callers' turns after
    ///   `lastCaller`.
    /// - Returns: The derivations to start, which count as running from now on, and the time of the next check. The
    ///   alarm is nil if an earlier alarm is set, or if the next check follows a completion.
    mutating func start(_ due: DueDerivations) -> (due: [SessionId], alarm: Timestamp?) {
        let started = due.derivations.filter { !running.contains($0.upload) }.prefix(free)
        running.formUnion(started.map(\.upload))
        lastCaller = started.last?.caller ?? lastCaller
        return (started.map(\.upload), free == 0 ? nil : due.nextDueAt.flatMap { wait(until: $0) })
    }

    /// The alarm after a failed query of the catalogue.
    mutating func retry(at now: Timestamp) -> Timestamp? {
        wait(until: now.advanced(byMilliseconds: policy.retryMilliseconds))
    }

    mutating func completed(_ id: SessionId) { running.remove(id) }

    mutating func alarmRang(at time: Timestamp) {
        if alarm == time { alarm = nil }
    }

    private mutating func wait(until time: Timestamp) -> Timestamp? {
        if let alarm, alarm <= time { return nil }
        alarm = time
        return time
    }
}
