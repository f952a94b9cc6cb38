public import SessionCore
import Synchronization

/// A clock that the test moves, backwards too. It never advances by itself.
public final class ManualClock: WallClock {
    private struct Hands {
        var now: Timestamp
        var uptimeMilliseconds: Int64 = 5_000
    }

    private let hands: Mutex<Hands>

    /// Starts in November 2023, so that a mistake of units (seconds, nanoseconds) shows.
    public init(_ start: Timestamp = Timestamp(milliseconds: 1_700_000_000_000)) {
        hands = Mutex(Hands(now: start))
    }

    public func now() -> Timestamp {
        hands.withLock { $0.now }
    }

    public func uptimeMilliseconds() -> Int64 {
        hands.withLock { $0.uptimeMilliseconds }
    }

    /// Sets the time of day, as an operator does: no time passes.
    public func set(_ now: Timestamp) {
        hands.withLock { $0.now = now }
    }

    /// Moves the time of day, in either direction: no time passes.
    public func step(milliseconds: Int64) {
        hands.withLock { $0.now = $0.now.advanced(byMilliseconds: milliseconds) }
    }

    /// Lets time pass.
    public func advance(milliseconds: Int64) {
        hands.withLock { hands in
            hands.now = hands.now.advanced(byMilliseconds: milliseconds)
            hands.uptimeMilliseconds += max(0, milliseconds)
        }
    }
}
