import HTTPTypes
import HTTPWire
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import ServiceLifecycle

/// HTTP/1.1 connections (RFC 9112): the channel's handlers, and the loop that answers one request after the other.
///
/// Hummingbird's own loop lacks features that uploads need: `100 Continue` once the request is known to be acceptable,
/// interim responses and trailers, early responses that reach the client, timeouts that exclude the server's own time,
/// and a bounded number of buffers.
struct HTTPConnection: ServerChildChannel {
    typealias Value = AcceptedConnection
    let limits: HTTPLimits
    /// How long requests in progress may continue during a graceful shutdown.
    let graceMilliseconds: Int64
    let metrics: ServerMetrics
    let responder: RootResponder
    private let quota: ReceiveQuota

    init(limits: HTTPLimits, graceMilliseconds: Int64, metrics: ServerMetrics, responder: RootResponder) {
        self.limits = limits
        self.graceMilliseconds = graceMilliseconds
        self.metrics = metrics
        self.responder = responder
        quota = ReceiveQuota(limit: limits.receivedBytesMax)
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let connectionQuota = ConnectionReceiveQuota(quota)
            try setSocketOptions(channel)
            let pipeline = channel.pipeline.syncOperations
            var decoding = NIOHTTPDecoderLimitConfiguration()
            decoding.maxHeaderFieldSize = limits.headerFieldBytesMax
            decoding.maxHeaderListSize = limits.headerBytesMax
            decoding.maxHeaderFieldCount = limits.headerFieldsMax
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withEncoderConfiguration: .init(),
                withDecoderLimitConfiguration: decoding)
            try pipeline.addHandler(HTTPVersionHandler())
            try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
            try pipeline.addHandler(ConnectionTimeoutHandler(limits: limits, connectionQuota: connectionQuota))
            // One buffer waits while another is being written: (highWatermark + 1) × receiveBufferBytesMax is what a
            // connection costs at most.
            let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2), isOutboundHalfClosureEnabled: true))
            return Value(parts: parts, connectionQuota: connectionQuota)
        }
    }

    private func setSocketOptions(_ channel: any Channel) throws {
        guard let options = channel.syncOptions else { return }
        // Large reads are half the cost of receiving.
        try options.setOption(
            .recvAllocator,
            value: TransientReceiveAllocator(maximum: limits.receiveBufferBytesMax, quota: quota))
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        // TCP_USER_TIMEOUT closes the connection if the client acknowledges no bytes for this long.
        let tcpUserTimeout = NIOBSDSocket.Option(rawValue: 18)
        try options.setOption(.tcpOption(tcpUserTimeout), value: Int(limits.responseIdleTimeoutMilliseconds))
    }

    func handle(value: Value, logger: Logger) async {
        let channel = value.channel
        metrics.connectionOpened()
        defer { metrics.connectionClosed() }
        let grace = TimeAmount.milliseconds(graceMilliseconds)
        await withTaskExecutorPreference(EventLoopExecutor(channel.eventLoop)) {
            await withGracefulShutdownHandler {
                await withTaskCancellationHandler {
                    do {
                        try await converse(value)
                    } catch {
                        // The client has disconnected or stalled. The end of its request is already recorded.
                        logger.trace("connection ended", metadata: ["error": "\(error)"])
                    }
                } onCancel: {
                    channel.close(promise: nil)
                }
            } onGracefulShutdown: {
                channel.eventLoop.scheduleTask(in: grace) { channel.close(promise: nil) }
            }
        }
    }

    private func converse(_ value: Value) async throws {
        try await value.serve { inbound, outbound in
            var parts = inbound.makeAsyncIterator()
            do {
                while let part = try await parts.next() {
                    guard case .head(let head) = part else { continue }
                    guard try await answer(head, &parts, outbound, value) else { return }
                }
            } catch let error as HTTPParserError {
                let failure: RequestFailure = error == .headerOverflow ? .headerTooLarge : .malformedRequest
                try await close(after: responder.response(to: failure), &parts, outbound, value.channel)
            } catch is HTTP1TypeConversionError {
                try await close(after: responder.response(to: .malformedRequest), &parts, outbound, value.channel)
            }
        }
    }

    /// - Returns: Whether the connection can take another request.
    private func answer(
        _ head: HTTPRequest, _ parts: inout RequestChannelBody.Parts,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, _ connection: Value
    ) async throws -> Bool {
        let channel = connection.channel
        let (head, mark) = Self.removingMark(from: head)
        let isHTTP10 = mark == HTTPVersionHandler.http10
        guard mark != HTTPVersionHandler.withoutHost else {
            try await close(after: responder.response(to: .malformedRequest), &parts, outbound, channel)
            return false
        }
        let requestChannel = ConnectionRequestChannel(
            channel: channel, outbound: outbound, isHTTP10: isHTTP10, connectionQuota: connection.connectionQuota,
            expectsContinue: head.headerFields[.expect]?.lowercased() == "100-continue")
        let body = RequestChannelBody(
            requestChannel: requestChannel, parts: NIOLoopBound(parts, eventLoop: channel.eventLoop))
        let response = await responder.respond(
            to: Request(head: head, body: RequestBody(asyncSequence: body)), requestChannel)
        do {
            let isLast = try await send(response, to: head, &parts, outbound, requestChannel)
            requestChannel.endResponse(.written)
            if isLast { try await linger(&parts, outbound, channel, untilClosed: requestChannel.wasStopped) }
            return !isLast
        } catch {
            requestChannel.endResponse(.failed(error))
            throw error
        }
    }

    /// - Returns: Whether the connection ends with this response.
    private func send(
        _ response: Response, to head: HTTPRequest, _ parts: inout RequestChannelBody.Parts,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, _ requestChannel: ConnectionRequestChannel
    ) async throws -> Bool {
        var response = response
        // The end of a request without a body has already been received.
        if !requestChannel.isComplete, !head.announcesBody, case .end(let trailers)? = try await parts.next() {
            requestChannel.end(trailers: trailers)
        }
        let isLast = !requestChannel.isComplete || requestChannel.isHTTP10 || head.wantsClose
        if isLast { response.headers[.connection] = "close" }
        if head.method == .head || !response.status.mayHaveBody {
            try await outbound.write(contentsOf: [.head(response.head), .end(nil)])
        } else {
            try await ResponseWriter(outbound: outbound).write(response: response.head, body: response.body)
        }
        return isLast
    }

    private func close(
        after response: Response, _ parts: inout RequestChannelBody.Parts,
        _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>, _ channel: any Channel
    ) async throws {
        var response = response
        response.headers[.connection] = "close"
        try await ResponseWriter(outbound: outbound).write(response: response.head, body: response.body)
        try await linger(&parts, outbound, channel)
    }

    /// Half-closes the connection and discards input for a moment: closing it at once would reset it, and the client
    /// might lose the response (RFC 9112 §9.6).
    ///
    /// - Parameter untilClosed: Whether the input is discarded by `ConnectionTimeoutHandler`, and `parts` has ended.
    private func linger(
        _ parts: inout RequestChannelBody.Parts, _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>,
        _ channel: any Channel, untilClosed: Bool = false
    ) async throws {
        outbound.finish()
        let end = channel.eventLoop.scheduleTask(in: .milliseconds(limits.lingerMilliseconds)) {
            channel.close(promise: nil)
        }
        defer { end.cancel() }
        while try await parts.next() != nil {}
        if untilClosed { try await channel.closeFuture.get() }
    }

    /// The request without the mark of `HTTPVersionHandler`, and the mark.
    private static func removingMark(from head: HTTPRequest) -> (HTTPRequest, String?) {
        guard let name = HTTPField.Name(HTTPVersionHandler.fieldName), let mark = head.headerFields[name] else {
            return (head, nil)
        }
        var head = head
        head.headerFields[name] = nil
        return (head, mark)
    }
}

extension HTTPRequest {
    var wantsClose: Bool {
        headerFields[values: .connection].contains { value in
            value.split(separator: ",").contains { $0.trimmed.lowercased() == "close" }
        }
    }
}

extension Substring {
    var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
