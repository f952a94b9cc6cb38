import Glibc
public import SessionCore
import UploadModel

/// Decides whether and when a failed request is retried.
///
/// Pure: the random number and the elapsed time are arguments. Delays grow exponentially with full jitter (M. Brooker,
/// “Exponential Backoff And Jitter”, 2015), so that clients of a recovering server do not retry in step.
public struct RetryPolicy: Hashable, Sendable {
    /// Attempts per request, including the first.
    public var attemptsMax = 12
    /// The time after the first attempt in which retries may start.
    public var elapsedMillisecondsMax: Int64 = 15 * 60_000
    /// The upper bound of the first delay.
    public var baseMilliseconds: Int64 = 250
    /// The upper bound of every delay.
    public var waitMillisecondsMax: Int64 = 30_000
    /// The longest `Retry-After` to wait for; the call fails if the server requests more.
    public var retryAfterMillisecondsMax: Int64 = 5 * 60_000
    /// Whether a server that was never reached is given up soon: at once if no connection can be made, after
    /// `firstAttemptsMax` attempts if connections break. Its address is then more likely wrong than the server down.
    public var failsFastAtFirst = false

    /// Attempts over broken connections to a server that never answered.
    public static let firstAttemptsMax = 3

    public init() {}

    /// A single attempt.
    public static var never: RetryPolicy {
        var policy = RetryPolicy()
        policy.attemptsMax = 1
        return policy
    }

    public enum Failure: Hashable, Sendable {
        /// A connection broke or timed out before the whole response arrived.
        case network
        /// No connection could be made.
        case unconnected
        /// The server's certificate is not valid, or it does not speak TLS.
        case insecure
        /// An error response, with the code of its problem document and its `Retry-After`.
        case status(Int, code: String? = nil, retryAfterMilliseconds: Int64?)

        /// Whether the same request may succeed later: 408, 429 and 5xx (RFC 9110 §15.5.9, RFC 6585 §4, RFC 9110
        /// §15.6), except for damaged bytes, which no repetition repairs, and for
        /// an exceeded quota.
        public var isTemporary: Bool {
            switch self {
            case .network, .unconnected: true
            case .insecure: false
            case .status(_, UploadError.Code.storeCorrupt.rawValue, _),
                .status(_, UploadError.Code.quotaExceeded.rawValue, _):
                false
            case .status(let status, _, _): status == 408 || status == 429 || (500...599).contains(status)
            }
        }
    }

    public enum Decision: Hashable, Sendable {
        case retry(afterMilliseconds: Int64)
        case giveUp
    }

    /// - Parameters:
    ///   - attempt: The number of attempts so far; at least 1.
    ///   - elapsedMilliseconds: Since the first attempt.
    ///   - fraction: A random number of 0..<1.
    ///   - hasAnswered: Whether the server has ever answered this client.
    public func decision(
        after failure: Failure, attempt: Int, elapsedMilliseconds: Int64, fraction: Double, hasAnswered: Bool = true
    ) -> Decision {
        guard failure.isTemporary, attempt < attemptsMax else { return .giveUp }
        if failsFastAtFirst, !hasAnswered {
            if failure == .unconnected { return .giveUp }
            if failure == .network, attempt >= Self.firstAttemptsMax { return .giveUp }
        }
        // The exponent is bounded so that the shift cannot overflow.
        let ceiling = min(waitMillisecondsMax, baseMilliseconds << Int64(min(attempt - 1, 20)))
        var wait = Int64(Double(max(0, ceiling)) * fraction)
        if case .status(_, _, let requested?) = failure {
            guard requested <= retryAfterMillisecondsMax else { return .giveUp }
            // Added, since no retry may come before the requested time. The sum grows, since servers often request one second
            // and an outage lasts longer than as many seconds as there are attempts.
            wait = requested.saturatingSum(wait)
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

/// The clock and the randomness of retries.
public struct RetryTimer: Sendable {
    /// The time of day.
    public var now: @Sendable () -> Timestamp
    /// Waits for a number of milliseconds. Throws `CancellationError`.
    public var wait: @Sendable (Int64) async throws -> Void
    /// A random number in 0..<1.
    public var fraction: @Sendable () -> Double

    public init(
        now: @escaping @Sendable () -> Timestamp, wait: @escaping @Sendable (Int64) async throws -> Void,
        fraction: @escaping @Sendable () -> Double
    ) {
        self.now = now
        self.wait = wait
        self.fraction = fraction
    }

    public static let system = RetryTimer(
        now: {
            var time = timespec()
            clock_gettime(CLOCK_REALTIME, &time)
            return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        },
        wait: { try await Task.sleep(for: .milliseconds($0)) },
        fraction: { Double.random(in: 0..<1) })
}
