import SessionCore
import UploadCore

/// When a failed request is repeated. Delays grow exponentially with full jitter (M. Brooker, “Exponential Backoff And Jitter”,
/// 2015), and begin longer where the engine asks for fewer requests.
struct RetrySchedule: Hashable, Sendable {
    var attemptsMax: Int
    var elapsedMillisecondsMax: Int64
    static let baseMilliseconds: Int64 = 100
    static let busyMilliseconds: Int64 = 1_000
    static let waitMillisecondsMax: Int64 = 10_000

    /// The time to wait before the next attempt; nil if there is none.
    ///
    /// - Parameters:
    ///   - attempt: The attempts so far, at least 1.
    ///   - elapsedMilliseconds: Since the first attempt.
    ///   - fraction: A random number in 0..<1.
    func wait(
        after failure: S3Failure, attempt: Int, elapsedMilliseconds: Int64, fraction: Double
    ) -> Int64? {
        guard failure.isTemporary, attempt < attemptsMax else { return nil }
        let base = failure.kind == .busy ? Self.busyMilliseconds : Self.baseMilliseconds
        // The exponent is bounded so that the shift cannot overflow.
        let ceiling = min(Self.waitMillisecondsMax, base << Int64(min(attempt - 1, 20)))
        let wait = Int64(Double(ceiling) * fraction)
        return elapsedMilliseconds + wait <= elapsedMillisecondsMax ? wait : nil
    }
}

/// The waits between attempts. Tests do not wait.
package struct RetryTimer: Sendable {
    /// Waits for a number of milliseconds. Throws `CancellationError`.
    var wait: @Sendable (Int64) async throws -> Void
    /// A random number in 0..<1.
    var fraction: @Sendable () -> Double

    package init(wait: @escaping @Sendable (Int64) async throws -> Void, fraction: @escaping @Sendable () -> Double) {
        self.wait = wait
        self.fraction = fraction
    }

    static let system = RetryTimer(
        wait: { try await Task.sleep(for: .milliseconds($0)) }, fraction: { Double.random(in: 0..<1) })
}

/// The attempts at one operation.
struct RetryLoop: Sendable {
    private let schedule: RetrySchedule
    private let timer: RetryTimer
    private let clock: any WallClock
    private var began: Int64
    private var attempt = 0

    /// - Parameter began: When the time for attempts began, by the clock's uptime.
    init(_ schedule: RetrySchedule, _ timer: RetryTimer, _ clock: any WallClock, began: Int64) {
        self.schedule = schedule
        self.timer = timer
        self.clock = clock
        self.began = began
    }

    /// Waits for the time of the next attempt.
    ///
    /// - Parameter subject: The operation, for the error.
    /// - Throws: The failure, if there is no next attempt.
    mutating func pause(after failure: S3Failure, _ subject: String) async throws(UploadError) {
        attempt += 1
        let wait = schedule.wait(
            after: failure, attempt: attempt, elapsedMilliseconds: clock.uptimeMilliseconds() - began,
            fraction: timer.fraction())
        guard let wait else {
            throw failure.uploadError(attempt > 1 ? "\(subject), after \(attempt) attempts" : subject)
        }
        do {
            try await timer.wait(wait)
        } catch {
            throw UploadError(.cancelled)
        }
    }

    /// The operation has made progress: later failures are counted from now on.
    mutating func progressed() { (attempt, began) = (0, clock.uptimeMilliseconds()) }
}
