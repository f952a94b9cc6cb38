import NIOCore
import Synchronization
import UploadClient

/// Calls that are repeated until the server responds, however often it is killed meanwhile.
struct RetryingCalls: Sendable {
    let calls: RawCalls
    let serverUp: ServerUpSignal

    /// An unexpected response.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter expected: The expected statuses. A server that shuts down answers 503, or 423 to a `HEAD` of tus;
    ///   these are retried.
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

/// Open while the server is up. Failed calls wait here instead of for a time.
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
