import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOHTTPTypesHTTP2
import NIOTLS
import ServiceLifecycle

/// Connections of HTTP/1.1 (RFC 9112), in the clear or over TLS, and of HTTP/2 (RFC 9113) over TLS: the handlers of their
/// channels, and the tasks that answer their requests (`HTTPConnection+Requests`).
///
/// Hummingbird's own loop lacks features that uploads need: `100 Continue` once the request is known to be acceptable,
/// interim responses and trailers, early responses that reach the client, timeouts that exclude the server's own time,
/// and a bounded number of buffers.
final class HTTPConnection: ServerChildChannel {
    typealias Value = AcceptedConnection
    let limits: HTTPLimits
    /// How long requests in progress may continue during a graceful shutdown.
    let graceMilliseconds: Int64
    let metrics: ServerMetrics
    let responder: RootResponder
    let connections: OpenConnections
    /// nil for connections in the clear.
    let tls: ServerTLS?
    let quota: ReceiveQuota

    init(
        limits: HTTPLimits, graceMilliseconds: Int64, metrics: ServerMetrics, responder: RootResponder,
        connections: OpenConnections, tls: ServerTLS?
    ) {
        self.limits = limits
        self.graceMilliseconds = graceMilliseconds
        self.metrics = metrics
        self.responder = responder
        self.connections = connections
        self.tls = tls
        quota = ReceiveQuota(limit: limits.receivedBytesMax)
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
                        switch try await value.wire.get() {
                        case .http1(let messages): try await converse(messages)
                        case .http2(let streams): try await serve(streams, of: channel, logger)
                        }
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

    // MARK: - The handlers of channels

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let gate = ReceiveGate()
            try setSocketOptions(channel, gate)
            let place = connections.enter(channel)
            channel.closeFuture.whenComplete { _ in place?.leave() }
            try channel.pipeline.syncOperations.addHandler(OutputRateHandler(limits: limits, metrics: metrics))
            let wire =
                if let tls {
                    try negotiate(channel, tls, place)
                } else {
                    channel.eventLoop.makeSucceededFuture(
                        AcceptedConnection.Wire.http1(try addHTTP1(channel, place, gate)))
                }
            if place == nil { channel.close(promise: nil) }
            return Value(channel: channel, wire: wire)
        }
    }

    private func setSocketOptions(_ channel: any Channel, _ gate: ReceiveGate) throws {
        guard let options = channel.syncOptions else { return }
        // Large reads are half the cost of receiving.
        try options.setOption(
            .recvAllocator,
            value: TransientReceiveAllocator(maximum: limits.receiveBufferBytesMax, quota: quota, gate: gate))
        try options.setOption(.maxMessagesPerRead, value: 1)
        try options.setOption(.tcpOption(.tcp_nodelay), value: 1)
        // Urgent data (RFC 6093) stays in its place in the stream, and so in the count of available bytes.
        try options.setOption(.socketOption(NIOBSDSocket.Option(rawValue: SO_OOBINLINE)), value: 1)
        try options.setOption(.tcpOption(.tcpUserTimeout), value: Int(limits.responseIdleTimeoutMilliseconds))
    }

    /// Encrypts, and adds the handlers of the protocol that the client prefers (ALPN, RFC 7301); HTTP/1.1 without a
    /// preference.
    private func negotiate(
        _ channel: any Channel, _ tls: ServerTLS, _ place: OpenConnections.Place?
    ) throws -> EventLoopFuture<AcceptedConnection.Wire> {
        let pipeline = channel.pipeline.syncOperations
        let handshake = HandshakeHandler(limits: limits)
        let negotiation = NIOTypedApplicationProtocolNegotiationHandler<AcceptedConnection.Wire> { [self] result in
            channel.eventLoop.makeCompletedFuture {
                channel.pipeline.syncOperations.removeHandler(handshake, promise: nil)
                if case .negotiated("h2") = result { return .http2(try addHTTP2(channel, place)) }
                return .http1(try addHTTP1(channel, place))
            }
        }
        let decrypted = DecryptedReads()
        try pipeline.addHandlers([EncryptedReads(decrypted), tls.makeHandler(), decrypted, handshake, negotiation])
        return negotiation.protocolNegotiationResult
    }

    /// - Parameter gate: nil if the bytes of the socket are not those of the body.
    private func addHTTP1(
        _ channel: any Channel, _ place: OpenConnections.Place?, _ gate: ReceiveGate? = nil
    ) throws -> MessageChannel {
        let connectionQuota = ConnectionReceiveQuota(quota)
        let pipeline = channel.pipeline.syncOperations
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = limits.headerFieldBytesMax
        decoding.maxHeaderListSize = limits.headerBytesMax
        decoding.maxHeaderFieldCount = limits.headerFieldsMax
        try pipeline.configureHTTPServerPipeline(
            withPipeliningAssistance: false, withErrorHandling: false, withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoding)
        try pipeline.addHandler(HTTPVersionHandler())
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: tls != nil))
        try pipeline.addHandler(
            ConnectionTimeoutHandler(limits: limits, connectionQuota: connectionQuota, place: place))
        let tap = gate.map { BodyTapHandler(limits: limits, gate: $0, connectionQuota: connectionQuota) }
        if let tap { try pipeline.addHandler(tap) }
        return try MessageChannel(channel, connectionQuota: connectionQuota, tap: tap, canHalfClose: true)
    }

    private func addHTTP2(
        _ channel: any Channel, _ place: OpenConnections.Place?
    ) throws -> NIOHTTP2Handler.AsyncStreamMultiplexer<MessageChannel> {
        let connection = HTTP2ConnectionHandler(limits: limits, place: place)
        let bound = NIOLoopBound(connection, eventLoop: channel.eventLoop)
        let multiplexer = try channel.pipeline.syncOperations.configureAsyncHTTP2Pipeline(
            mode: .server, streamDelegate: nil, frameDelegate: connection, configuration: limits.http2
        ) { [self] stream in
            stream.eventLoop.makeCompletedFuture {
                let connectionQuota = ConnectionReceiveQuota(quota)
                try stream.pipeline.syncOperations.addHandlers([
                    HTTP2FramePayloadToHTTPServerCodec(), StreamHandler(limits: limits),
                    ConnectionTimeoutHandler(
                        limits: limits, connectionQuota: connectionQuota, place: nil, isStream: true),
                ])
                let messages = try MessageChannel(stream, connectionQuota: connectionQuota, canHalfClose: false)
                // With its handlers, since it may have to be told of the shutdown.
                bound.value.streamOpened(stream)
                return messages
            }
        }
        try channel.pipeline.syncOperations.addHandler(connection)
        return multiplexer
    }
}
