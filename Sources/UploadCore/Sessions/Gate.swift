import Synchronization

/// A lock that is waited for without holding a thread, first come first served. For work on one upload that must not
/// interleave with itself: advancing its hash, finishing it, ending it.
final class Gate: Sendable {
    private struct State {
        var isHeld = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func enter() async {
        await withUnsafeContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isHeld {
                    state.waiting.append(continuation)
                    return false
                }
                state.isHeld = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Enters if nobody is inside.
    func tryEnter() -> Bool {
        state.withLock { state in
            guard !state.isHeld else { return false }
            state.isHeld = true
            return true
        }
    }

    func leave() {
        let next = state.withLock { state -> UnsafeContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.isHeld = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
