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

/// Decides which derivations to start now and when to check again. Pure: the time and the pending derivations are
/// arguments.
struct DerivationSchedule {
    let policy: DerivationPolicy
    private(set) var running: Set<SessionId> = []
    /// The earliest alarm that is set.
    private(set) var alarm: Timestamp?

    init(_ policy: DerivationPolicy) {
        self.policy = policy
    }

    /// The number of pending derivations that a decision needs.
    var limit: Int { running.count + policy.atOnce + 1 }

    /// - Parameter pending: The first `limit` pending derivations in the order of their due times.
    /// - Returns: The derivations to start, which count as running from now on, and the time of the next check. The
    ///   alarm is nil if an earlier alarm is set, or if the next check follows a completion.
    mutating func decide(_ pending: [Derivation], at now: Timestamp) -> (due: [SessionId], alarm: Timestamp?) {
        var due: [SessionId] = []
        for derivation in pending where !running.contains(derivation.upload) {
            guard running.count < policy.atOnce else { break }
            guard derivation.dueAt <= now else { return (due, wait(until: derivation.dueAt)) }
            running.insert(derivation.upload)
            due.append(derivation.upload)
        }
        return (due, nil)
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
