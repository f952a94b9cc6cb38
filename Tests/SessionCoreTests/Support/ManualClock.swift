import SessionCore
import Synchronization

/// A clock whose hands only the test turns, in either direction.
final class ManualClock: WallClock {
    private let milliseconds: Atomic<Int64>

    init(_ milliseconds: Int64 = 0) {
        self.milliseconds = Atomic(milliseconds)
    }

    func now() -> Timestamp {
        Timestamp(milliseconds: milliseconds.load(ordering: .relaxed))
    }

    func uptimeMilliseconds() -> Int64 {
        milliseconds.load(ordering: .relaxed)
    }

    func set(_ milliseconds: Int64) {
        self.milliseconds.store(milliseconds, ordering: .relaxed)
    }
}
