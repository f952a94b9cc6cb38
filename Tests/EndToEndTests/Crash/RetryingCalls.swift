import NIOCore
import UploadClient

/// Plain calls that are repeated until the server answers, however often it is killed meanwhile.
struct PersistentCalls: Sendable {
    let calls: PlainCalls
    let gate: Gate

    /// An answer that nobody expects.
    struct Unexpected: Error, CustomStringConvertible {
        let description: String
    }

    /// - Parameter expected: The statuses that are right. 503 is asked again: a server that is about to end says so. So is 423,
    ///   as which a `HEAD` of tus is told of the same.
    func answer(
        _ expected: Set<Int>, _ call: (PlainCalls) async throws -> PlainCalls.Answer
    ) async throws -> PlainCalls.Answer {
        while true {
            await gate.pass()
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
        _ type: Document.Type, _ expected: Set<Int>, _ call: (PlainCalls) async throws -> PlainCalls.Answer
    ) async throws -> Document {
        try await answer(expected, call).document(type)
    }
}
