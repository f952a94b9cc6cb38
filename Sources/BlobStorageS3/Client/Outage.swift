import Synchronization

/// Whether the bucket answers this process, from the outcomes of all its requests.
///
/// The retries of an operation are limited by a time that begins with the outage, not with the operation. In a long outage
/// an operation thus fails after one attempt, and its client can retry through another node, which may reach the bucket.
final class Outage: Sendable {
    private struct State {
        /// When the bucket answered last; nil before its first answer.
        var answered: Int64?
        /// The first and the last failure since then.
        var failures: ClosedRange<Int64>?
    }

    private let state = Mutex(State())

    /// An outage is assumed to be over this long after its last failure.
    static let memoryMilliseconds: Int64 = 60_000

    /// A request was answered.
    ///
    /// - Parameter uptime: `WallClock.uptimeMilliseconds`, as everywhere here.
    func answered(at uptime: Int64) {
        state.withLock { $0 = State(answered: max(uptime, $0.answered ?? uptime), failures: nil) }
    }

    /// A request was not answered, or the engine responded that it cannot process requests now.
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
