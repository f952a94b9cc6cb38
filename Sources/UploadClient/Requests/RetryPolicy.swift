/// When a request that failed is sent again, and how long to wait before.
///
/// Pure: the random number and the time passed are arguments. Waits grow exponentially with full jitter (M. Brooker, “Exponential
/// Backoff And Jitter”, 2015), so that clients of a server that comes back do not come in step.
public struct RetryPolicy: Hashable, Sendable {
    /// How often a request is sent, the first time included.
    public var attemptsMax = 12
    /// Nothing is sent again once this much time has passed since the first time, whatever the number of attempts.
    public var elapsedMillisecondsMax: Int64 = 15 * 60_000
    /// What the first wait is at most.
    public var baseMilliseconds: Int64 = 250
    /// What any wait is at most.
    public var waitMillisecondsMax: Int64 = 30_000
    /// A server that asks for a longer wait than this is taken at its word: the call fails and is left for later.
    public var retryAfterMillisecondsMax: Int64 = 5 * 60_000

    public init() {}

    /// One try, no more.
    public static var never: RetryPolicy {
        var policy = RetryPolicy()
        policy.attemptsMax = 1
        return policy
    }

    public enum Failure: Hashable, Sendable {
        /// No whole answer came.
        case network
        /// With what the server asked for by `Retry-After`.
        case status(Int, retryAfterMilliseconds: Int64?)

        /// Whether the same request can succeed later: 408, 429 and 5xx (RFC 9110 §15.5.9, RFC 6585 §4, RFC 9110 §15.6).
        public var isTemporary: Bool {
            switch self {
            case .network: true
            case .status(let status, _): status == 408 || status == 429 || (500...599).contains(status)
            }
        }
    }

    public enum Decision: Hashable, Sendable {
        case retry(afterMilliseconds: Int64)
        case giveUp
    }

    /// - Parameters:
    ///   - attempt: How often the request was sent; at least 1.
    ///   - elapsedMilliseconds: Since it was first sent.
    ///   - fraction: A random number of 0..<1.
    public func decision(
        after failure: Failure, attempt: Int, elapsedMilliseconds: Int64, fraction: Double
    ) -> Decision {
        guard failure.isTemporary, attempt < attemptsMax else { return .giveUp }
        // The exponent is bounded so that the shift cannot overflow.
        let ceiling = min(waitMillisecondsMax, baseMilliseconds << Int64(min(attempt - 1, 20)))
        var wait = Int64(Double(max(0, ceiling)) * fraction)
        if case .status(_, let asked?) = failure {
            guard asked <= retryAfterMillisecondsMax else { return .giveUp }
            // The jitter is added, for nobody may come back sooner than asked.
            wait = asked + Int64(Double(max(0, baseMilliseconds)) * fraction)
        }
        guard elapsedMilliseconds.saturatingSum(wait) <= elapsedMillisecondsMax else { return .giveUp }
        return .retry(afterMilliseconds: wait)
    }
}

extension Int64 {
    func saturatingSum(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }
}
