import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import SessionCore
import Synchronization
import UploadModel

extension UploadClient {
    /// Sends a request and retries it according to the policy.
    ///
    /// - Parameters:
    ///   - request: Creates the request for each attempt.
    ///   - read: Reads a successful response. If it throws `TransportError`, the request is retried.
    /// - Throws: `ClientError` with the server's code, or `unreachable`; `CancellationError`; what `read` throws.
    func perform<Value: Sendable>(
        _ request: @Sendable () -> TransportRequest,
        read: @Sendable (TransportResponse) async throws -> Value
    ) async throws -> Value {
        var loop = RetryLoop(self)
        defer { loop.end() }
        while true {
            switch try await lanes.run({ try await self.attempt(request(), read) }) {
            case .answered(let value):
                loop.answered()
                return value
            case .failed(let failure, let error): try await loop.pause(after: failure, error)
            }
        }
    }

    private enum AttemptResult<Value: Sendable>: Sendable {
        case answered(Value)
        case failed(RetryPolicy.Failure, ClientError)
    }

    private func attempt<Value: Sendable>(
        _ request: TransportRequest, _ read: @Sendable (TransportResponse) async throws -> Value
    ) async throws -> AttemptResult<Value> {
        do {
            let response = try await sendOnce(request)
            if response.status.kind == .successful { return .answered(try await read(response)) }
            let (failure, error) = try await ServerReply(response).failure(now: timer.now())
            return .failed(failure, error)
        } catch let broken as TransportError {
            return .failed(RetryPolicy.Failure(broken), ClientError(broken, server: server))
        }
    }

    /// Sends a request at the permitted rate, without retries and outside of the lanes.
    private func sendOnce(_ request: TransportRequest) async throws -> TransportResponse {
        var request = request
        if let pacer { request.body = pacer.paced(request.body) }
        let response = try await transport.send(request)
        hasAnswered.store(true, ordering: .relaxed)
        return response
    }

    /// Sends a request once, and reads the response whatever its status.
    ///
    /// - Throws: `CancellationError`; errors of the request's body.
    func exchange(_ request: TransportRequest) async throws -> Result<ServerReply, TransportError> {
        try await lanes.run {
            do {
                return .success(try await ServerReply(try await sendOnce(request)))
            } catch let broken as TransportError {
                return .failure(broken)
            }
        }
    }

    /// Sends a request and decodes the response document.
    func document<Document: Decodable & Sendable>(
        _ type: Document.Type, _ request: TransportRequest
    ) async throws -> Document {
        try await perform {
            request
        } read: { response in
            let body = try await ServerReply.collected(response.body)
            guard let document = try? NativeJSON.decode(type, from: body) else {
                throw ClientError.badAnswer("to \(request.method) \(request.path) is not a valid document")
            }
            return document
        }
    }

    /// Sends a request and discards the response body.
    func done(_ request: TransportRequest) async throws {
        try await perform {
            request
        } read: { response in
            // Read to the end, so that the connection can be reused.
            _ = try await ServerReply.collected(response.body)
        }
    }

    /// Deletes a resource. If a retry answers `not_found`, an earlier attempt whose response was lost has deleted it.
    func delete(_ path: String) async throws {
        let attempts = Atomic(0)
        do {
            try await perform {
                attempts.add(1, ordering: .relaxed)
                return TransportRequest(.delete, path)
            } read: { response in
                _ = try await ServerReply.collected(response.body)
            }
        } catch let error as ClientError {
            guard error.code == .notFound, attempts.load(ordering: .relaxed) > 1 else { throw error }
        }
    }

    /// A request with a JSON document.
    ///
    /// - Parameter key: Sent as `Idempotency-Key`; printable ASCII.
    func request(
        _ method: HTTPRequest.Method, _ path: String, _ document: some Encodable, key: String? = nil
    ) throws -> TransportRequest {
        var fields: HTTPFields = [.contentType: "application/json"]
        fields[.idempotencyKey] = key.flatMap { IdempotencyKeyField.format(IdempotencyKey(bytes: Array($0.utf8))) }
        let bytes = try NativeJSON.encode(document)
        return TransportRequest(method, path, fields: fields, body: .bytes(ByteBuffer(bytes: bytes)))
    }

    /// A JSON merge patch (RFC 7396).
    func patch(_ path: String, _ document: some Encodable) throws -> TransportRequest {
        var message = try request(.patch, path, document)
        message.fields[.contentType] = NativeJSON.mergePatchType
        return message
    }
}
