public import SessionCore
import Synchronization

/// A clock whose hands the test turns, backwards too. It never moves by itself.
public final class ManualClock: WallClock {
    private let time: Mutex<Timestamp>

    /// Starts in November 2023, so that a mistake of units (seconds, nanoseconds) shows.
    public init(_ start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) {
        time = Mutex(start)
    }

    public func now() -> Timestamp {
        time.withLock { $0 }
    }

    public func set(_ now: Timestamp) {
        time.withLock { $0 = now }
    }

    public func advance(milliseconds: Int64) {
        time.withLock { $0 = $0.advanced(byMilliseconds: milliseconds) }
    }
}
