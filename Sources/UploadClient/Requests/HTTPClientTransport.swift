import AsyncHTTPClient
import HTTPTypes
public import NIOCore
import NIOHTTP1

/// A transport over HTTP/1.1 with async-http-client. Call `shutdown` at the end.
public final class HTTPClientTransport: UploadTransport {
    /// Times without progress after which a request fails. A request as a whole has no limit.
    public struct Timeouts: Hashable, Sendable {
        public var connect = TimeAmount.seconds(10)
        /// No byte of a response after the request was sent; finishing an upload may hash a file.
        public var answer = TimeAmount.seconds(120)
        /// No byte accepted by the server.
        public var write = TimeAmount.seconds(60)
        /// For the first response to a request with `onInterim`; the body is sent after it.
        public var expectation = TimeAmount.seconds(1)

        public init() {}
    }

    private let client: HTTPClient
    private let server: ServerAddress
    private let authorization: String?
    private let interim: InterimExchange

    /// - Parameters:
    ///   - token: A bearer token (RFC 6750), sent with every request and never shown.
    ///   - connections: The most connections at once.
    ///   - authorities: Certificate authorities to trust besides those of the system.
    public init(
        _ server: ServerAddress, token: String? = nil, connections: Int = 8, timeouts: Timeouts = Timeouts(),
        authorities: CertificateAuthorities? = nil
    ) {
        self.server = server
        authorization = token.map { "Bearer \($0)" }
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow,
            timeout: .init(connect: timeouts.connect, read: timeouts.answer, write: timeouts.write))
        configuration.httpVersion = .http1Only
        configuration.tlsConfiguration = authorities?.configuration
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
        // The retry policy decides about retries.
        configuration.connectionPool.retryConnectionEstablishment = false
        client = HTTPClient(configuration: configuration)
        interim = InterimExchange(server, timeouts: timeouts, tls: authorities?.configuration)
    }

    public func shutdown() async throws {
        try await client.shutdown()
    }

    public func send(_ request: TransportRequest) async throws -> TransportResponse {
        // async-http-client drops interim responses.
        if let onInterim = request.onInterim {
            var request = request
            if let authorization { request.fields[.authorization] = authorization }
            return try await Self.translatingFailures { [request] in
                try await self.interim.send(request, onInterim: onInterim)
            }
        }
        var message = HTTPClientRequest(url: server.base + request.path)
        message.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.fields { message.headers.add(name: field.name.rawName, value: field.value) }
        if let authorization { message.headers.replaceOrAdd(name: "authorization", value: authorization) }
        switch request.body {
        case .none: break
        case .bytes(let buffer): message.body = .bytes(buffer)
        case .stream(let pieces, let length): message.body = Self.body(pieces, length)
        }
        return try await Self.translatingFailures { [message] in
            var response = try await self.client.execute(message, deadline: .distantFuture)
            var isRedirected = false
            if request.followsRedirect, response.status == .temporaryRedirect,
                let url = response.headers.first(name: "location")
            {
                // To be read, so that the connection can be reused.
                _ = try await response.body.collect(upTo: Self.redirectBytesMax)
                if let other = try await self.redirected(to: url) {
                    (response, isRedirected) = (other, true)
                } else {
                    var message = message
                    // A range is never redirected.
                    message.headers.replaceOrAdd(name: "range", value: "bytes=0-")
                    response = try await self.client.execute(message, deadline: .distantFuture)
                }
            }
            let status = HTTPResponse.Status(
                code: Int(response.status.code), reasonPhrase: response.status.reasonPhrase)
            var result = TransportResponse(
                status: status, fields: HTTPFields(response.headers), body: Answer(body: response.body))
            result.isRedirected = isRedirected
            return result
        }
    }

    /// Sends no token, which is for the server alone.
    ///
    /// - Returns: Nil if the other server cannot be reached, or has no bytes.
    private func redirected(to url: String) async throws -> HTTPClientResponse? {
        // Nothing that was asked for over TLS comes without it.
        let isHTTP = url.hasPrefix("http://") && server.base.hasPrefix("http://")
        guard isHTTP || url.hasPrefix("https://") else { return nil }
        do {
            let response = try await client.execute(HTTPClientRequest(url: url), deadline: .distantFuture)
            if response.status == .ok { return response }
            _ = try await response.body.collect(upTo: Self.redirectBytesMax)
        } catch {
            if Task.isCancelled || error is CancellationError { throw error }
        }
        return nil
    }

    /// The longest body of a redirect.
    private static let redirectBytesMax = 64 << 10

    private static func body(
        _ pieces: some AsyncSequence<ByteBuffer, any Error> & Sendable, _ length: UInt64
    ) -> HTTPClientRequest.Body {
        .stream(pieces, length: .known(Int64(clamping: length)))
    }

    /// Passes errors of the request's body through; turns all others into `TransportError`.
    fileprivate static func translatingFailures<Value>(
        isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await body()
        } catch let error as ClientError {
            throw error
        } catch let error as TransportError {
            throw error
        } catch {
            if Task.isCancelled || error is CancellationError { throw CancellationError() }
            throw TransportError(error)
        }
    }
}

/// A response body whose errors are those of `UploadTransport`.
private struct Answer: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error
    let body: HTTPClientResponse.Body

    func makeAsyncIterator() -> Iterator { Iterator(pieces: body.makeAsyncIterator()) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = any Error
        var pieces: HTTPClientResponse.Body.AsyncIterator

        mutating func next() async throws -> ByteBuffer? {
            do {
                return try await pieces.next()
            } catch {
                if Task.isCancelled || error is CancellationError { throw CancellationError() }
                throw TransportError(error)
            }
        }
    }
}
