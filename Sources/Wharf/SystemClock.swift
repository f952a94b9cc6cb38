import Glibc
public import SessionCore

/// The system's real-time clock, and its monotonic clock as uptime.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp {
        Timestamp(milliseconds: read(CLOCK_REALTIME))
    }

    public func uptimeMilliseconds() -> Int64 {
        read(CLOCK_MONOTONIC)
    }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
