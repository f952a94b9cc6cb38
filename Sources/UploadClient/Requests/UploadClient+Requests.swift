import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import SessionCore
import Synchronization
import UploadModel

extension UploadClient {
    /// The largest response document.
    private static let documentBytesMax = 8 << 20

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
        let started = timer.now()
        var attempt = 0
        var (isRetried, isAnswered) = (false, false)
        defer { if isRetried { onRetryEnd(isAnswered) } }
        while true {
            attempt += 1
            let (failure, error): (RetryPolicy.Failure, ClientError)
            switch try await lanes.run({ try await self.attempt(request(), read) }) {
            case .answered(let value):
                isAnswered = true
                return value
            case .failed(let reason, let thrown): (failure, error) = (reason, thrown)
            }
            isAnswered = !failure.isTemporary
            let elapsed = max(0, timer.now().milliseconds - started.milliseconds)
            let decision = retries.decision(
                after: failure, attempt: attempt, elapsedMilliseconds: elapsed, fraction: timer.fraction(),
                hasAnswered: hasAnswered.load(ordering: .relaxed))
            guard case .retry(let wait) = decision else { throw error }
            // The few attempts at a server that never answered are not worth a notice before the failure.
            if !retries.failsFastAtFirst || hasAnswered.load(ordering: .relaxed) {
                isRetried = true
                onRetry(RetryNotice(reason: error.message, waitMilliseconds: wait, attempt: attempt))
            }
            try await timer.wait(wait)
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
            var request = request
            if let pacer { request.body = pacer.paced(request.body) }
            let response = try await transport.send(request)
            hasAnswered.store(true, ordering: .relaxed)
            if response.status.kind == .successful { return .answered(try await read(response)) }
            let retryAfter = RetryAfter.milliseconds(response.fields, now: timer.now())
            let problem = Problem(
                status: response.status, fields: response.fields, body: try await Self.collected(response.body))
            let failure = RetryPolicy.Failure.status(
                response.status.code, code: problem.document.code, retryAfterMilliseconds: retryAfter)
            return .failed(failure, ClientError(problem.document, isTemporary: failure.isTemporary))
        } catch let broken as TransportError {
            let failure: RetryPolicy.Failure =
                switch broken.kind {
                case .broken: .network
                case .unconnected: .unconnected
                case .insecure: .insecure
                }
            return .failed(failure, ClientError(broken, server: server))
        }
    }

    /// Sends a request and decodes the response document.
    func document<Document: Decodable & Sendable>(
        _ type: Document.Type, _ request: TransportRequest
    ) async throws -> Document {
        try await perform {
            request
        } read: { response in
            let body = try await Self.collected(response.body)
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
            _ = try await Self.collected(response.body)
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
                _ = try await Self.collected(response.body)
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

    private static func collected(_ body: TransportRequest.Pieces) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in body {
            bytes += piece.readableBytesView
            guard bytes.count <= documentBytesMax else { throw ClientError.badAnswer("is too long") }
        }
        return bytes
    }
}
