import NIOCore
import Synchronization
import UploadClient

/// Plain calls that are repeated until the server answers, however often it is killed meanwhile.
struct RetryingCalls: Sendable {
    let calls: RawCalls
    let serverUp: ServerUpSignal

    /// An answer that nobody expects.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter expected: The statuses that are right. 503 is asked again: a server that is about to end says so. So is 423,
    ///   as which a `HEAD` of tus is told of the same.
    func answer(
        _ expected: Set<Int>, _ call: (RawCalls) async throws -> RawCalls.Answer
    ) async throws -> RawCalls.Answer {
        while true {
            await serverUp.wait()
            do {
                let answer = try await call(calls)
                if expected.contains(answer.status) { return answer }
                guard [423, 503].contains(answer.status) else {
                    throw Unexpected(
                        description:
                            "\(answer.status) and not \(expected): \(String(buffer: answer.body))")
                }
            } catch is TransportError {
                await Task.yield()
            }
        }
    }

    func document<Document: Decodable>(
        _ type: Document.Type, _ expected: Set<Int>, _ call: (RawCalls) async throws -> RawCalls.Answer
    ) async throws -> Document {
        try await answer(expected, call).document(type)
    }
}

/// Open while the server is up. Who fails waits here instead of for a time.
final class ServerUpSignal: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func close() {
        state.withLock { $0.isOpen = false }
    }

    /// Returns once it is open.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }
}
