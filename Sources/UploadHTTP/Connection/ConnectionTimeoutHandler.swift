import NIOCore
import NIOHTTPTypes

/// Closes connections whose timeout has expired and, during a graceful shutdown, those without unanswered requests. The
/// reader of a body that is cut off gets an error, and the received bytes are kept.
///
/// During a graceful shutdown a body is received for `HTTPLimits.shutdownBodyMilliseconds` more. Then its reader gets
/// an error too, and the rest is discarded, so that the client receives the response. `InterruptBodyEvent` does the same at
/// once.
final class ConnectionTimeoutHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let checkInterval = TimeAmount.seconds(1)

    private var timeouts: RequestTimeoutState
    private let connectionQuota: ConnectionReceiveQuota
    /// nil for a stream, and if the connection was refused one, and is closing.
    private let place: OpenConnections.Place?
    /// Whether the channel is a stream of HTTP/2, which ends with its response without being closed.
    private let isStream: Bool
    private let checkInterval: TimeAmount
    private var checking: RepeatedTask?
    private var isQuiescing = false
    /// Whether bodies are discarded instead of received.
    private var discardsBodies = false
    private let shutdownBody: TimeAmount

    init(
        limits: HTTPLimits, connectionQuota: ConnectionReceiveQuota, place: OpenConnections.Place?,
        isStream: Bool = false
    ) {
        self.connectionQuota = connectionQuota
        self.place = place
        self.isStream = isStream
        shutdownBody = .milliseconds(limits.shutdownBodyMilliseconds)
        timeouts = RequestTimeoutState(limits: limits, now: Self.now)
        let shortest = min(
            limits.headerTimeoutMilliseconds, limits.keepAliveTimeoutMilliseconds, limits.bodyIdleTimeoutMilliseconds,
            limits.bodyRateWindowMilliseconds)
        checkInterval = min(Self.checkInterval, .milliseconds(max(1, shortest / 4)))
    }

    private static var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        checking = context.eventLoop.scheduleRepeatedTask(initialDelay: checkInterval, delay: checkInterval) { _ in
            let (handler, context) = bound.value
            if handler.timeouts.check(at: Self.now) != .patient { context.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        checking?.cancel()
        checking = nil
        connectionQuota.releaseAll()
    }

    func read(context: ChannelHandlerContext) {
        timeouts.beginReading(at: Self.now)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !discardsBodies else { return }
        switch unwrapInboundIn(data) {
        case .head:
            if isIdle { place?.becameBusy() }
            timeouts.readHead(at: Self.now)
        case .body(let bytes):
            timeouts.readBody(byteCount: bytes.readableBytes, at: Self.now)
            connectionQuota.reserve(bytes.readableBytes)
        case .end:
            timeouts.readEnd(at: Self.now)
            if isIdle { place?.becameIdle() }
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        timeouts.endReading(at: Self.now)
        context.fireChannelReadComplete()
        // No later handler requests the next read.
        if discardsBodies { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        // Bytes that the socket has not taken yet would be lost with a closed connection.
        let written = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.responseWritten(context)
        }
        context.write(data, promise: written)
        if isQuiescing { context.flush() }
    }

    private func responseWritten(_ context: ChannelHandlerContext) {
        timeouts.endResponse(at: Self.now)
        if isQuiescing, !isStream, timeouts.unanswered == 0 { return context.close(promise: nil) }
        if isIdle { place?.becameIdle() }
    }

    /// Whether the connection waits for a request that is not its first.
    private var isIdle: Bool { timeouts.phase == .head(isFirst: false) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: quiesce(context)
        case let event as InterruptBodyEvent: stopReceiving(context, .interrupted, for: event.requestChannel)
        case is DropIdleConnectionEvent:
            guard isIdle else { return place?.becameBusy() ?? () }
            place?.madeRoom()
            context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    private func quiesce(_ context: ChannelHandlerContext) {
        isQuiescing = true
        if timeouts.unanswered == 0 { return context.close(promise: nil) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: shutdownBody) {
            let (handler, context) = bound.value
            handler.stopReceiving(context, .shuttingDown)
        }
    }

    private func stopReceiving(
        _ context: ChannelHandlerContext, _ error: BodyError, for requestChannel: ConnectionRequestChannel? = nil
    ) {
        guard timeouts.phase == .body, !discardsBodies else { return }
        discardsBodies = true
        // Its handler may answer without reading on.
        requestChannel?.stopped()
        context.fireErrorCaught(error)
        context.read()
    }
}

/// The handler of a request needs no more of its body.
struct InterruptBodyEvent: Sendable {
    let requestChannel: ConnectionRequestChannel
}
