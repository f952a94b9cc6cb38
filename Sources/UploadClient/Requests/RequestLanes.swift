import Synchronization

/// Admits a number of requests at once, the others in the order of their arrival.
///
/// A connection pool would make the others wait, too, but for no longer than a connection may take.
final class RequestLanes: Sendable {
    private struct State {
        var free: Int
        var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []
        var lastId: UInt64 = 0
        /// Those that were cancelled before they waited.
        var cancelled: Set<UInt64> = []
    }

    private let state: Mutex<State>

    /// - Parameter count: At least 1.
    init(_ count: Int) {
        state = Mutex(State(free: max(1, count)))
    }

    /// Runs `body` in a lane, once one is free.
    ///
    /// - Throws: `CancellationError` if the task is cancelled while it waits; what `body` throws.
    func run<Value: Sendable>(_ body: () async throws -> Value) async throws -> Value {
        try await enter()
        defer { leave() }
        return try await body()
    }

    private func enter() async throws {
        let id = state.withLock { state in
            state.lastId += 1
            return state.lastId
        }
        let isAdmitted = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.cancelled.remove(id) != nil { return false }
                    guard state.free > 0 else {
                        state.waiting.append((id, continuation))
                        return nil
                    }
                    state.free -= 1
                    return true
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            cancel(id)
        }
        // The lane may have been given before the cancellation; then `cancel` found nobody waiting.
        state.withLock { _ = $0.cancelled.remove(id) }
        guard isAdmitted else { throw CancellationError() }
    }

    private func cancel(_ id: UInt64) {
        let waiting = state.withLock { state in
            guard let place = state.waiting.firstIndex(where: { $0.id == id }) else {
                state.cancelled.insert(id)
                return nil as CheckedContinuation<Bool, Never>?
            }
            return state.waiting.remove(at: place).continuation
        }
        waiting?.resume(returning: false)
    }

    private func leave() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.free += 1
                return nil as CheckedContinuation<Bool, Never>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume(returning: true)
    }
}
