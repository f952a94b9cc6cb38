import JWTAuthentication
import Synchronization

/// An identity provider whose answers and whose time the test decides about.
final class FakeProvider: Sendable {
    struct Unreachable: Error {}

    enum Answer: Sendable {
        case document([UInt8])
        case failure
        /// Until `release`, or until the fetch is cancelled.
        case held
    }

    private struct State {
        var answer: Answer
        var fetches = 0
        var held: [CheckedContinuation<[UInt8], any Error>] = []
        var now = ContinuousClock.now
    }

    private let state: Mutex<State>

    init(_ answer: Answer) {
        state = Mutex(State(answer: answer))
    }

    var fetches: Int { state.withLock { $0.fetches } }
    var isHolding: Bool { state.withLock { !$0.held.isEmpty } }
    var now: ContinuousClock.Instant { state.withLock { $0.now } }

    func advance(_ duration: Duration) { state.withLock { $0.now = $0.now.advanced(by: duration) } }

    func answer(_ answer: Answer) { state.withLock { $0.answer = answer } }

    /// Answers the fetches that are held, and all later ones.
    func release(_ document: [UInt8]) {
        let held = state.withLock { state in
            state.answer = .document(document)
            defer { state.held = [] }
            return state.held
        }
        for fetch in held { fetch.resume(returning: document) }
    }

    func document() async throws -> [UInt8] {
        let answer = state.withLock { state in
            state.fetches += 1
            return state.answer
        }
        switch answer {
        case .document(let document): return document
        case .failure: throw Unreachable()
        case .held:
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { fetch in state.withLock { $0.held.append(fetch) } }
            } onCancel: {
                let held = state.withLock { state in
                    defer { state.held = [] }
                    return state.held
                }
                for fetch in held { fetch.resume(throwing: CancellationError()) }
            }
        }
    }
}

/// Returns when the task is cancelled.
func untilCancelled() async {
    let (never, continuation) = AsyncStream.makeStream(of: Never.self)
    for await _ in never {}
    withExtendedLifetime(continuation) {}
}
