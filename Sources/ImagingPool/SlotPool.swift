import Synchronization

/// Hands out a fixed number of places, first come first served, without holding a thread of those who wait.
final class Turnstile<Place: Sendable>: Sendable {
    enum Refusal: Error {
        case full
        case cancelled
        case closed

        var reason: String {
            switch self {
            case .full: "too many pictures wait to be derived"
            case .cancelled: "deriving the picture was cancelled"
            case .closed: "no pictures are derived any more: the server is ending"
            }
        }
    }

    private typealias Waiter = (id: UInt64, continuation: CheckedContinuation<Result<Place, Refusal>, Never>)

    private struct State {
        var free: [Place]
        var waiting: [Waiter] = []
        var lastId: UInt64 = 0
        var isClosed = false
        /// Who waits for everybody to have left.
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    private let count: Int
    private let waitingMax: Int
    private let state: Mutex<State>

    init(places: [Place], waitingMax: Int) {
        count = places.count
        self.waitingMax = waitingMax
        state = Mutex(State(free: places))
    }

    /// Waits for a place. Who got one has to `leave`.
    func enter() async -> Result<Place, Refusal> {
        let id = state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Result<Place, Refusal>? = state.withLock { state in
                    if state.isClosed { return .failure(.closed) }
                    // Who is cancelled from here on is found among those who wait.
                    if Task.isCancelled { return .failure(.cancelled) }
                    if let place = state.free.popLast() { return .success(place) }
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

    func leave(_ place: Place) {
        let (next, closing) = state.withLock { state -> (Waiter?, [CheckedContinuation<Void, Never>]) in
            if !state.waiting.isEmpty { return (state.waiting.removeFirst(), []) }
            state.free.append(place)
            guard state.free.count == count else { return (nil, []) }
            defer { state.closing = [] }
            return (nil, state.closing)
        }
        next?.continuation.resume(returning: .success(place))
        for waiter in closing { waiter.resume() }
    }

    /// Refuses everybody who waits or comes.
    func close() {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiter in waiting { waiter.continuation.resume(returning: .failure(.closed)) }
    }

    /// Waits until every place is free. Only after `close`.
    func allFree() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free.count == count { return true }
                state.closing.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }
}
