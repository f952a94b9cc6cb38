import Glibc
public import SessionCore

/// The time and chance that retries depend on.
public struct RetryTimer: Sendable {
    /// The time of day.
    public var now: @Sendable () -> Timestamp
    /// Waits so many milliseconds. Throws `CancellationError`.
    public var wait: @Sendable (Int64) async throws -> Void
    /// A random number of 0..<1.
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
