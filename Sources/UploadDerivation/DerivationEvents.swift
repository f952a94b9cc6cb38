import SessionCore
import Synchronization

/// The runner's events, coalesced: all events that arrive before the runner wakes are taken together.
///
/// At most one wake-up is pending. The pending completions are bounded by the concurrent jobs, the pending alarms by
/// the alarms that the schedule has set.
final class DerivationEvents: Sendable {
    struct Batch {
        var completed: [SessionId] = []
        var alarms: [Timestamp] = []
    }

    private let pending = Mutex(Batch())
    /// Iterated by the runner alone.
    let wakeUps: AsyncStream<Void>
    private let wakeUp: AsyncStream<Void>.Continuation

    init() {
        (wakeUps, wakeUp) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// A derivation may have become due.
    func added() {
        wakeUp.yield()
    }

    func completed(_ id: SessionId) {
        pending.withLock { $0.completed.append(id) }
        wakeUp.yield()
    }

    func alarm(_ time: Timestamp) {
        pending.withLock { $0.alarms.append(time) }
        wakeUp.yield()
    }

    /// Takes everything that arrived since the last call.
    func take() -> Batch {
        pending.withLock { batch in
            defer { batch = Batch() }
            return batch
        }
    }
}
