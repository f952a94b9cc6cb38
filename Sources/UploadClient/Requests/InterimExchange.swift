import HTTPTypes
import HTTPWire
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// One request over a connection of its own, whose interim responses are seen.
///
/// The body is sent once the server has answered in any way, or has had a second for it, so that a refusal costs no transfer
/// (RFC 9110, section 10.1.1). A final response ends the body.
struct InterimExchange: Sendable {
    private typealias Connection = NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>

    private let server: ServerAddress
    private let timeouts: HTTPClientTransport.Timeouts
    private let tls: TLSConfiguration

    init(_ server: ServerAddress, timeouts: HTTPClientTransport.Timeouts, tls: TLSConfiguration?) {
        self.server = server
        self.timeouts = timeouts
        self.tls = tls ?? .makeClientConfiguration()
    }

    /// - Throws: As `UploadTransport.send`, or errors of NIO.
    func send(
        _ request: TransportRequest, onInterim: @escaping @Sendable (HTTPFields) async -> Void
    ) async throws -> TransportResponse {
        let connection = try await connect()
        let head = head(of: request)
        return try await connection.executeThenClose { inbound, outbound in
            // Whether the body is to be sent.
            let (decisions, decide) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingNewest(1))
            let timer = connection.channel.eventLoop.scheduleTask(in: timeouts.expectation) { decide.yield(true) }
            defer { timer.cancel() }
            return try await withThrowingTaskGroup(of: TransportResponse?.self) { tasks in
                tasks.addTask {
                    // How a connection ended is for the reader to tell.
                    do { try await outbound.write(.head(head)) } catch { return nil }
                    for await isWanted in decisions {
                        if isWanted { try await Self.send(request.body, to: outbound) }
                        break
                    }
                    return nil
                }
                tasks.addTask {
                    defer { decide.finish() }
                    return try await Self.response(inbound, onInterim) { isInterim in decide.yield(isInterim) }
                }
                defer { tasks.cancelAll() }
                while let response = try await tasks.next() {
                    if let response { return response }
                }
                throw TransportError(reason: "it closed the connection without a response")
            }
        }
    }

    // MARK: - The connection

    private func connect() async throws -> Connection {
        guard let origin = server.origin else {
            throw TransportError(.unconnected, reason: "its host name is unknown")
        }
        let context = origin.scheme == "https" ? try NIOSSLContext(configuration: tls) : nil
        let silence = max(timeouts.answer, timeouts.write)
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(timeouts.connect)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
        return try await bootstrap.connect(host: origin.host, port: Int(origin.port)) { channel in
            channel.eventLoop.makeCompletedFuture {
                let pipeline = channel.pipeline.syncOperations
                if let context {
                    // An address has no name to send (RFC 6066, section 3); its certificate is compared all the same.
                    let isAddress = (try? SocketAddress(ipAddress: origin.host, port: 0)) != nil
                    try pipeline.addHandler(
                        NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : origin.host))
                }
                try pipeline.addHandlers(
                    HTTPRequestEncoder(),
                    ByteToMessageHandler(HTTPResponseDecoder(informationalResponseStrategy: .forward)),
                    NIOHTTPRequestHeadersValidator())
                try pipeline.addHandler(IdleStateHandler(allTimeout: silence))
                try pipeline.addHandler(SilenceHandler())
                return try Connection(wrappingChannelSynchronously: channel)
            }
        }
    }

    private func head(of request: TransportRequest) -> HTTPRequestHead {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: request.method.rawValue),
            uri: server.prefix + request.path)
        head.headers.add(name: "Host", value: server.origin?.authority ?? "")
        for field in request.fields { head.headers.add(name: field.name.rawName, value: field.value) }
        switch request.body {
        case .none: head.headers.add(name: "Content-Length", value: "0")
        case .bytes(let buffer): head.headers.add(name: "Content-Length", value: String(buffer.readableBytes))
        case .stream(_, let length): head.headers.add(name: "Content-Length", value: String(length))
        }
        if case .none = request.body {} else { head.headers.add(name: "Expect", value: "100-continue") }
        head.headers.add(name: "Connection", value: "close")
        return head
    }

    // MARK: - Sending and receiving

    private static func send(
        _ body: TransportRequest.Body, to outbound: NIOAsyncChannelOutboundWriter<HTTPClientRequestPart>
    ) async throws {
        switch body {
        case .none: break
        case .bytes(let buffer): try? await outbound.write(.body(.byteBuffer(buffer)))
        case .stream(let pieces, _):
            for try await piece in pieces {
                do {
                    try await outbound.write(.body(.byteBuffer(piece)))
                } catch {
                    return
                }
            }
        }
        try? await outbound.write(.end(nil))
    }

    private static func response(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ onInterim: @Sendable (HTTPFields) async -> Void, onHead: @Sendable (_ isInterim: Bool) -> Void
    ) async throws -> TransportResponse {
        var status: HTTPResponse.Status?
        var fields = HTTPFields()
        var body = ByteBuffer()
        for try await part in inbound {
            switch part {
            case .head(let head):
                fields = HTTPFields(head.headers)
                if head.status.code == 104 { await onInterim(fields) }
                onHead(head.status.code < 200)
                guard head.status.code >= 200 else { continue }
                status = HTTPResponse.Status(code: Int(head.status.code), reasonPhrase: head.status.reasonPhrase)
            case .body(var piece):
                body.writeBuffer(&piece)
                guard body.readableBytes <= ServerReply.bytesMax else { throw ClientError.badAnswer("is too long") }
            case .end:
                guard let status else { continue }
                return TransportResponse(status: status, fields: fields, body: OneBuffer(buffer: body))
            }
        }
        throw TransportError(reason: "it closed the connection without a response")
    }
}

extension HTTPFields {
    /// Without fields whose names are not valid.
    init(_ headers: HTTPHeaders) {
        self.init()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { append(HTTPField(name: name, value: value)) }
        }
    }
}

/// Closes a connection on which nothing has moved for as long as its idle handler says.
private final class SilenceHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is IdleStateHandler.IdleStateEvent else { return context.fireUserInboundEventTriggered(event) }
        context.fireErrorCaught(TransportError(reason: "it stopped responding"))
        context.close(promise: nil)
    }
}
