import Synchronization

/// A pool of slots, acquired in the order of the calls. Waiting suspends and occupies no thread.
final class SlotPool<Slot: Sendable>: Sendable {
    enum Refusal: Error {
        case full
        case cancelled
        case closed

        var reason: String {
            switch self {
            case .full: "too many pictures are waiting to be derived"
            case .cancelled: "deriving the picture was cancelled"
            case .closed: "the server is shutting down"
            }
        }
    }

    private typealias Waiter = (id: UInt64, continuation: CheckedContinuation<Result<Slot, Refusal>, Never>)

    private struct State {
        var free: [Slot]
        var waiting: [Waiter] = []
        var lastId: UInt64 = 0
        var isClosed = false
        /// Waits until all slots are free.
        var idle: [CheckedContinuation<Void, Never>] = []
    }

    private let count: Int
    private let waitingMax: Int
    private let state: Mutex<State>

    init(slots: [Slot], waitingMax: Int) {
        count = slots.count
        self.waitingMax = waitingMax
        state = Mutex(State(free: slots))
    }

    /// Waits for a slot, which must be passed to `release` afterwards.
    func acquire() async -> Result<Slot, Refusal> {
        let id = state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Result<Slot, Refusal>? = state.withLock { state in
                    if state.isClosed { return .failure(.closed) }
                    // A cancellation after this check finds the waiter in the queue.
                    if Task.isCancelled { return .failure(.cancelled) }
                    if let slot = state.free.popLast() { return .success(slot) }
                    if state.waiting.count >= waitingMax { return .failure(.full) }
                    state.waiting.append((id, continuation))
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiting.firstIndex { $0.id == id }.map { state.waiting.remove(at: $0) }
            }
            waiter?.continuation.resume(returning: .failure(.cancelled))
        }
    }

    func release(_ slot: Slot) {
        let (next, idle) = state.withLock { state -> (Waiter?, [CheckedContinuation<Void, Never>]) in
            if !state.waiting.isEmpty { return (state.waiting.removeFirst(), []) }
            state.free.append(slot)
            guard state.free.count == count else { return (nil, []) }
            defer { state.idle = [] }
            return (nil, state.idle)
        }
        next?.continuation.resume(returning: .success(slot))
        for waiter in idle { waiter.resume() }
    }

    /// Refuses all waiting and later calls.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume(returning: .failure(.closed)) }
    }

    /// Waits until every slot is free. Call `close` first.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.free.count == count { return true }
                state.idle.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }
}
