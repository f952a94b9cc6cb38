import SessionCore

/// How often and when derivations are tried.
public struct DerivationPolicy: Hashable, Sendable {
    /// Derivations under way at the same moment.
    public var atOnce = 2
    /// Attempts that count; after them the memory is made of the original alone. An attempt counts when it begins, so that
    /// a photo that ends the whole process is not tried for ever.
    public var attemptsMax = 5
    /// After the first failure of a worker; each further one waits four times as long.
    public var retryMilliseconds: Int64 = 1000
    public var retryMillisecondsMax: Int64 = 5 * 60 * 1000
    /// When there is no worker, or the store failed: no attempt counts then.
    public var unavailableMilliseconds: Int64 = 30 * 1000

    public init() {}

    /// When the next attempt may begin after so many that failed.
    func nextAttempt(after attempts: Int, at now: Timestamp) -> Timestamp {
        let factor = Int64(1) << Int64(2 * min(max(0, attempts - 1), 20))
        let (product, overflow) = retryMilliseconds.multipliedReportingOverflow(by: factor)
        return now.advanced(byMilliseconds: overflow ? retryMillisecondsMax : min(product, retryMillisecondsMax))
    }
}

/// Which derivations to begin now, and when to look again. Pure: time and what is pending come in as values.
struct DerivationSchedule {
    let policy: DerivationPolicy
    private(set) var running: Set<SessionId> = []
    /// The earliest moment for which somebody was told to look again.
    private(set) var alarm: Timestamp?

    init(_ policy: DerivationPolicy) {
        self.policy = policy
    }

    /// How many pending ones must be known to decide.
    var limit: Int { running.count + policy.atOnce + 1 }

    /// - Parameter pending: The first `limit` of them, those that are due first before the others.
    /// - Returns: Those to begin, which count as running from here on, and when to look again, unless an alarm that was
    ///   returned before rings by then or an end comes first.
    mutating func decide(_ pending: [Derivation], at now: Timestamp) -> (begin: [SessionId], alarm: Timestamp?) {
        var begin: [SessionId] = []
        for derivation in pending where !running.contains(derivation.upload) {
            guard running.count < policy.atOnce else { break }
            guard derivation.dueAt <= now else { return (begin, wait(until: derivation.dueAt)) }
            running.insert(derivation.upload)
            begin.append(derivation.upload)
        }
        return (begin, nil)
    }

    /// Asks for an alarm when the catalogue could not be asked.
    mutating func retry(at now: Timestamp) -> Timestamp? {
        wait(until: now.advanced(byMilliseconds: policy.retryMilliseconds))
    }

    mutating func ended(_ id: SessionId) { running.remove(id) }

    mutating func alarmRang(at time: Timestamp) {
        if alarm == time { alarm = nil }
    }

    private mutating func wait(until time: Timestamp) -> Timestamp? {
        if let alarm, alarm <= time { return nil }
        alarm = time
        return time
    }
}
