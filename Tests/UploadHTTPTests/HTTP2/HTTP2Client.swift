import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2
import NIOPosix
import NIOSSL

/// A connection of HTTP/2 over TLS, with any number of requests at once.
final class HTTP2Client: Sendable {
    typealias Stream = NIOAsyncChannel<HTTPResponsePart, HTTPRequestPart>

    let channel: any Channel
    private let multiplexer: NIOHTTP2Handler.AsyncStreamMultiplexer<Void>

    private init(_ channel: any Channel, _ multiplexer: NIOHTTP2Handler.AsyncStreamMultiplexer<Void>) {
        self.channel = channel
        self.multiplexer = multiplexer
    }

    /// Runs `body` on a connection to a port of the loopback interface, and closes it.
    ///
    /// - Parameter configuration: Without checks of its own, so that requests can be wrong.
    static func open<Value: Sendable>(
        port: Int, tls: TLSClient, configuration: NIOHTTP2Handler.Configuration = permissive,
        _ body: (HTTP2Client) async throws -> Value
    ) async throws -> Value {
        var tls = tls
        tls.configuration.applicationProtocols = ["h2"]
        let secure = tls
        let client = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(secure.makeHandler())
                    let multiplexer = try pipeline.configureAsyncHTTP2Pipeline(
                        mode: .client, streamDelegate: nil, frameDelegate: nil, configuration: configuration
                    ) { stream in stream.eventLoop.makeSucceededVoidFuture() }
                    return HTTP2Client(channel, multiplexer)
                }
            }
        do {
            let value = try await body(client)
            try? await client.channel.close()
            return value
        } catch {
            try? await client.channel.close()
            throw error
        }
    }

    static var permissive: NIOHTTP2Handler.Configuration {
        var configuration = NIOHTTP2Handler.Configuration()
        configuration.connection.contentLengthValidation = .disabled
        configuration.connection.headerBlockValidation = .disabled
        return configuration
    }

    /// Opens a stream that reads nothing before it is asked to.
    func openStream() async throws -> Stream {
        try await multiplexer.openStream { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2FramePayloadToHTTPClientCodec())
                return try Stream(wrappingChannelSynchronously: stream)
            }
        }
    }

    /// Sends a request on a stream of its own and reads its response, which may come before the body is sent.
    func exchange(_ request: ClientRequest) async throws -> ClientResponse {
        try await openStream().executeThenClose { inbound, outbound in
            async let sent: Void = send(request, outbound)
            let response = try await Self.response(inbound)
            try? await sent
            return response
        }
    }

    private func send(
        _ request: ClientRequest, _ outbound: NIOAsyncChannelOutboundWriter<HTTPRequestPart>
    ) async throws {
        try await outbound.write(.head(request.head))
        if let body = request.body, !body.isEmpty { try await outbound.write(.body(ByteBuffer(bytes: body))) }
        try await outbound.write(.end(request.trailers.isEmpty ? nil : HTTPFields(request.trailers)))
    }

    static func response(_ inbound: NIOAsyncChannelInboundStream<HTTPResponsePart>) async throws -> ClientResponse {
        var interim: [ClientResponse] = []
        var response: ClientResponse?
        for try await part in inbound {
            switch part {
            case .head(let head):
                let fields = head.headerFields.map { (name: $0.name.rawName, value: $0.value) }
                var answer = ClientResponse(status: head.status.code, fields: fields, body: [])
                if head.status.code < 200 {
                    interim.append(answer)
                } else {
                    answer.interimAnswers = interim
                    response = answer
                }
            case .body(let bytes): response?.body += Array(buffer: bytes)
            case .end:
                if let response { return response }
            }
        }
        throw RawConnection.Ended(received: "\(response.map { "\($0.status)" } ?? "nothing")")
    }
}

extension ClientRequest {
    /// The header as HTTP/2 has it.
    var head: HTTPRequest {
        var all = HTTPFields(fields)
        if let body, case .contentLength = framing { all[.contentLength] = String(body.count) }
        // The codec ends a stream with a frame of its own, so that a request with no body looks like one with an empty body.
        if body == nil, all[.contentLength] == nil, !["GET", "HEAD", "OPTIONS"].contains(method) {
            all[.contentLength] = "0"
        }
        return HTTPRequest(
            method: HTTPRequest.Method(rawValue: method) ?? .get, scheme: "https", authority: "localhost", path: target,
            headerFields: all)
    }
}

extension HTTPFields {
    init(_ fields: [(name: String, value: String)]) {
        self.init()
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { append(HTTPField(name: name, value: value)) }
        }
    }
}

/// Over HTTP/2, with a connection for every request.
struct HTTP2Transport: Transport {
    let port: Int
    let tls: TLSClient

    func send(_ request: ClientRequest) async throws -> ClientResponse {
        try await HTTP2Client.open(port: port, tls: tls) { try await $0.exchange(request) }
    }
}
