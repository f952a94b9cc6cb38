import Synchronization

/// Whether the bucket answers this process, from the outcomes of all its requests.
///
/// While it does not, a new operation is not given the time that others have spent on attempts before it: clients hear of the
/// outage after one attempt, and can go on through another node, which may not be cut off.
final class Outage: Sendable {
    private struct State {
        /// When the bucket answered last; nil before its first answer.
        var answered: Int64?
        /// The first and the last failure since then.
        var failures: ClosedRange<Int64>?
    }

    private let state = Mutex(State())

    /// A failure says nothing of the time after this.
    static let memoryMilliseconds: Int64 = 60_000

    /// A request was answered.
    ///
    /// - Parameter uptime: `WallClock.uptimeMilliseconds`, as everywhere here.
    func answered(at uptime: Int64) {
        state.withLock { $0 = State(answered: max(uptime, $0.answered ?? uptime), failures: nil) }
    }

    /// A request was not answered, or only to say that the engine cannot process any.
    func failed(at uptime: Int64) {
        state.withLock { state in
            let first = state.failures?.lowerBound ?? uptime
            state.failures = first...max(first, uptime)
        }
    }

    /// When the present outage began; nil if there is none, or if its last failure is long ago.
    func began(at uptime: Int64) -> Int64? {
        state.withLock { state in
            state.failures.flatMap { uptime - $0.upperBound <= Self.memoryMilliseconds ? $0.lowerBound : nil }
        }
    }

    /// Whether the bucket has answered in the last milliseconds and has not failed since.
    func hasAnswered(inLast milliseconds: Int64, at uptime: Int64) -> Bool {
        state.withLock { state in
            guard state.failures == nil, let answered = state.answered else { return false }
            return uptime - answered <= milliseconds
        }
    }
}
