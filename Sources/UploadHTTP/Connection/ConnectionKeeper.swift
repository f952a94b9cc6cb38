import NIOCore
import NIOHTTPTypes

/// Closes a connection that the request clock has given up on, and, once the server stops, one that has answered what it
/// was asked. A body that is cut off ends with an error at its reader, which keeps what arrived.
final class ConnectionKeeper: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private static let checkInterval = TimeAmount.seconds(1)

    private var clock: RequestClock
    private let account: ReceiveAccount
    private let checkInterval: TimeAmount
    private var checking: RepeatedTask?
    private var isQuiescing = false

    init(limits: HTTPLimits, account: ReceiveAccount) {
        self.account = account
        clock = RequestClock(limits: limits, now: Self.now)
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
            if handler.clock.check(at: Self.now) != .patient { context.close(promise: nil) }
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        checking?.cancel()
        checking = nil
        account.giveBackAll()
    }

    func read(context: ChannelHandlerContext) {
        clock.beginReading(at: Self.now)
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: clock.readHead(at: Self.now)
        case .body(let bytes):
            clock.readBody(byteCount: bytes.readableBytes, at: Self.now)
            account.take(bytes.readableBytes)
        case .end: clock.readEnd()
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        clock.endReading(at: Self.now)
        context.fireChannelReadComplete()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        clock.endResponse(at: Self.now)
        guard isQuiescing, clock.unanswered == 0 else { return context.write(data, promise: promise) }
        context.writeAndFlush(data, promise: promise)
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isQuiescing = true
        if clock.unanswered == 0 { context.close(promise: nil) }
    }
}
