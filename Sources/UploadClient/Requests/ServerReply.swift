import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import SessionCore

/// A final response of the server, read.
struct ServerReply: Sendable {
    let status: HTTPResponse.Status
    let fields: HTTPFields
    let body: [UInt8]

    /// The largest response document.
    static let bytesMax = 8 << 20

    /// - Throws: `TransportError` if the body breaks off; `bad_answer` for one that is too long.
    init(_ response: TransportResponse) async throws {
        status = response.status
        fields = response.fields
        body = try await Self.collected(response.body)
    }

    static func collected(_ body: TransportRequest.Pieces) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body {
            bytes += piece.readableBytesView
            guard bytes.count <= bytesMax else { throw ClientError.badAnswer("is too long") }
        }
        return bytes
    }

    /// Of a response that is not successful.
    var problem: ProblemDocument { Problem(status: status, fields: fields, body: body).document }

    /// Whether the status alone says what failed, without a document of Wharf.
    var isOfProxy: Bool { problem.code == "unexpected_answer" }

    /// A response that is not successful, for the retry policy and for people.
    func failure(now: Timestamp) -> (failure: RetryPolicy.Failure, error: ClientError) {
        let problem = problem
        let failure = RetryPolicy.Failure.status(
            status.code, code: problem.code, retryAfterMilliseconds: RetryAfter.milliseconds(fields, now: now))
        return (failure, ClientError(problem, isTemporary: failure.isTemporary))
    }
}
