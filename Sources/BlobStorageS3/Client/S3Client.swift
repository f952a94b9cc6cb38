import AsyncHTTPClient
import HTTPWire
import NIOCore
import NIOHTTP1
import SessionCore
import Synchronization
import UploadCore

/// Sends signed requests to a bucket.
final class S3Client: Sendable {
    let location: S3Location
    let settings: S3Settings
    let timer: RetryTimer
    private let transport: any S3Transport
    private let signature: Mutex<SignatureV4>
    private let clock: ServerClock
    private let outage = Outage()

    init(
        _ location: S3Location, _ credentials: S3Credentials, settings: S3Settings, clock: any WallClock,
        timer: RetryTimer, transport: any S3Transport
    ) {
        self.location = location
        self.settings = settings
        self.timer = timer
        signature = Mutex(SignatureV4(credentials, region: location.region))
        self.clock = ServerClock(clock)
        self.transport = transport
    }

    /// Signs requests with another key from now on.
    func replace(credentials: S3Credentials) {
        signature.withLock { $0 = SignatureV4(credentials, region: location.region) }
    }

    /// A loop of attempts at a new operation. In an outage its time has begun with the outage.
    var retries: RetryLoop {
        let schedule = RetrySchedule(
            attemptsMax: settings.attemptsMax, elapsedMillisecondsMax: settings.retryMilliseconds)
        let uptime = clock.clock.uptimeMilliseconds()
        return RetryLoop(schedule, timer, clock.clock, began: outage.began(at: uptime) ?? uptime)
    }

    /// The URL with which anybody may read an object for a while.
    ///
    /// - Parameter query: That of GetObject, such as `response-content-type`.
    func presignedURL(ofObject name: String, query: [(name: String, value: String)], seconds: Int) -> String {
        let path = location.path(of: name)
        let query = signature.withLock { $0 }.presignedQuery(
            method: "GET", path: path, query: query, host: location.authority, seconds: seconds, at: clock.now())
        return "\(location.endpoint.scheme)://\(location.authority)\(path)?\(query)"
    }

    /// Closes all connections.
    func shutdown() async throws {
        try await transport.shutdown()
    }

    /// The beginning of a response whose body is not read yet.
    struct Response: Sendable {
        let status: Int
        let headers: HTTPHeaders
        let body: HTTPClientResponse.Body
    }

    /// Error documents are read up to this length.
    static let errorBytesMax = 64 << 10

    /// Sends a request, a second time if the engine refuses the time of its signature.
    ///
    /// - Parameter isStreamed: Whether the body of the request or of the response takes as long as its other side does.
    /// - Returns: A successful response (2xx).
    func send(_ request: S3Request, isStreamed: Bool = false) async throws(S3Failure) -> Response {
        do throws(S3Failure) {
            return try await sendOnce(request, isStreamed)
        } catch {
            guard error.kind == .skewed else { throw error }
            // The clock follows the server now. The refused request was not processed: it may keep its key.
            return try await sendOnce(request, isStreamed)
        }
    }

    /// Whether the bucket answers: the requests of the last `answerMilliseconds` say it, or one that is sent now.
    ///
    /// - Throws: The failure, within `probeMilliseconds`. It begins no outage: beside large requests a small one may be late.
    func requireAnswer() async throws(S3Failure) {
        guard !outage.hasAnswered(inLast: Self.answerMilliseconds, at: clock.clock.uptimeMilliseconds()) else { return }
        do throws(S3Failure) {
            _ = try await exchange(
                message(.get(location.prefix + "readiness", 0..<1)), false,
                .now() + .milliseconds(Self.probeMilliseconds))
        } catch {
            // There is no such object. Permissions do not come into it, nor does an engine that wants fewer requests.
            guard error.isOfEngine || error.isResponse && error.kind == .busy else { throw error }
        }
        outage.answered(at: clock.clock.uptimeMilliseconds())
    }

    static let answerMilliseconds: Int64 = 10_000
    static let probeMilliseconds: Int64 = 5_000

    /// As `send`, with the body of the response.
    ///
    /// - Parameter bytesMax: Longer bodies are failures.
    func collect(
        _ request: S3Request, bytesMax: Int = errorBytesMax, isStreamed: Bool = false
    ) async throws(S3Failure) -> (Response, String) {
        let response = try await send(request, isStreamed: isStreamed)
        do {
            let body = try await response.body.collect(upTo: bytesMax)
            return (response, String(buffer: body))
        } catch {
            throw S3Failure(network: error)
        }
    }

    private func sendOnce(_ request: S3Request, _ isStreamed: Bool) async throws(S3Failure) -> Response {
        let deadline: NIODeadline =
            isStreamed ? .distantFuture : .now() + .milliseconds(settings.requestMilliseconds)
        do throws(S3Failure) {
            let response = try await exchange(message(request), isStreamed, deadline)
            outage.answered(at: clock.clock.uptimeMilliseconds())
            return response
        } catch {
            let uptime = clock.clock.uptimeMilliseconds()
            if error.isOfEngine { outage.answered(at: uptime) }
            if error.kind == .broken || error.kind == .busy { outage.failed(at: uptime) }
            throw error
        }
    }

    private func exchange(
        _ message: HTTPClientRequest, _ isStreamed: Bool, _ deadline: NIODeadline
    ) async throws(S3Failure) -> Response {
        do {
            let response = try await transport.execute(message, deadline: deadline, isStreamed: isStreamed)
            let status = Int(response.status.code)
            if (200..<300).contains(status) {
                return Response(status: status, headers: response.headers, body: response.body)
            }
            // Without its document it is not known what an error means.
            let body = try await response.body.collect(upTo: Self.errorBytesMax)
            var failure = S3Failure(status: status, body: String(buffer: body))
            if failure.kind == .skewed { follow(response.headers, &failure) }
            throw failure
        } catch let failure as S3Failure {
            throw failure
        } catch {
            throw S3Failure(network: error)
        }
    }

    private func follow(_ headers: HTTPHeaders, _ failure: inout S3Failure) {
        guard let date = headers.first(name: "date"), let time = Timestamp(httpDate: date, now: clock.now()) else {
            failure.kind = .refused
            return
        }
        clock.follow(time)
    }

    private func message(_ request: S3Request) -> HTTPClientRequest {
        let path = location.path(of: request.name)
        let payloadHash: String
        switch request.body {
        case .none: payloadHash = Digest(of: []).hex
        case .bytes(let bytes): payloadHash = Digest(of: bytes).hex
        case .segment(let segment): payloadHash = segment.integrity.payloadHash
        case .stream: payloadHash = SignatureV4.unsignedPayload
        }
        let headers = signature.withLock { $0 }.signedHeaders(
            method: request.method.rawValue, path: path, query: request.query,
            headers: [("host", location.authority)] + request.headers, payloadHash: payloadHash, at: clock.now())
        let query = SignatureV4.canonicalQuery(request.query)
        var message = HTTPClientRequest(
            url: "\(location.endpoint.scheme)://\(location.authority)\(path)\(query.isEmpty ? "" : "?" + query)")
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        message.headers = HTTPHeaders(headers.map { ($0.name, $0.value) })
        switch request.body {
        case .none: break
        case .bytes(let bytes): message.body = .bytes(ByteBuffer(bytes: bytes))
        case .segment(let segment):
            message.body = .stream(Pages(pages: segment.pages), length: .known(Int64(segment.range.count)))
        case .stream(let body): message.body = body
        }
        return message
    }
}

/// The pages of a segment as the body of a request.
private struct Pages: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let pages: [ByteBuffer]

    func makeAsyncIterator() -> Iterator { Iterator(rest: pages[...]) }

    struct Iterator: AsyncIteratorProtocol {
        var rest: ArraySlice<ByteBuffer>

        mutating func next() async -> ByteBuffer? { rest.popFirst() }
    }
}
