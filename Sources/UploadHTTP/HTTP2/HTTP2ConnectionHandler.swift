import NIOCore
import NIOHTTP2

/// The life of an HTTP/2 connection (RFC 9113): closes it after it was idle for too long, to make room for others, and at
/// a graceful shutdown after the last of its streams.
final class HTTP2ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = HTTP2Frame
    typealias OutboundOut = HTTP2Frame

    private let place: OpenConnections.Place?
    private let keepAliveTimeout: TimeAmount
    private let firstTimeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var streams: [ObjectIdentifier: any Channel] = [:]
    private var lastStreamID = HTTP2StreamID.rootStream
    private var isQuiescing = false
    private var isEnding = false
    private var idleTimeout: Scheduled<Void>?

    init(limits: HTTPLimits, place: OpenConnections.Place?) {
        self.place = place
        keepAliveTimeout = .milliseconds(limits.keepAliveTimeoutMilliseconds)
        firstTimeout = .milliseconds(limits.headerTimeoutMilliseconds)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        scheduleIdleTimeout(firstTimeout, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        idleTimeout?.cancel()
        idleTimeout = nil
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case let created as NIOHTTP2StreamCreatedEvent:
            lastStreamID = max(lastStreamID, created.streamID)
            context.fireUserInboundEventTriggered(event)
        case is ChannelShouldQuiesceEvent: quiesce(context)
        // The client has left, or can at least neither send a body nor open a window for a response. Without this the
        // connection would stay until it was idle for too long: the server permits half-closed connections for HTTP/1.1.
        case ChannelEvent.inputClosed: context.close(promise: nil)
        case is DropIdleConnectionEvent:
            guard streams.isEmpty else { return place?.becameBusy() ?? () }
            place?.madeRoom()
            end(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    // MARK: - Streams

    func streamOpened(_ stream: any Channel) {
        idleTimeout?.cancel()
        idleTimeout = nil
        if streams.isEmpty { place?.becameBusy() }
        streams[ObjectIdentifier(stream)] = stream
        let bound = NIOLoopBound(self, eventLoop: stream.eventLoop)
        let id = ObjectIdentifier(stream)
        stream.closeFuture.whenComplete { _ in bound.value.streamClosed(id) }
        // A stream that the client opened before it knew of the shutdown is answered, too.
        if isQuiescing { stream.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    private func streamClosed(_ id: ObjectIdentifier) {
        streams[id] = nil
        guard streams.isEmpty, let context else { return }
        if isQuiescing { return end(context) }
        place?.becameIdle()
        scheduleIdleTimeout(keepAliveTimeout, context)
    }

    // MARK: - The end

    private func scheduleIdleTimeout(_ timeout: TimeAmount, _ context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        idleTimeout = context.eventLoop.scheduleTask(in: timeout) {
            let (handler, context) = bound.value
            handler.end(context)
        }
    }

    /// Announces the shutdown. The client may have opened streams meanwhile, hence the highest id (RFC 9113 §6.8).
    private func quiesce(_ context: ChannelHandlerContext) {
        isQuiescing = true
        guard !streams.isEmpty else { return end(context) }
        context.writeAndFlush(goAway(.maxID), promise: nil)
        for stream in streams.values { stream.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    /// Tells the client which streams were processed, so that it can repeat the others, and closes the connection.
    private func end(_ context: ChannelHandlerContext) {
        guard !isEnding else { return }
        isEnding = true
        let written = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        written.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        context.writeAndFlush(goAway(lastStreamID), promise: written)
    }

    private func goAway(_ lastStreamID: HTTP2StreamID) -> NIOAny {
        wrapOutboundOut(
            HTTP2Frame(
                streamID: .rootStream,
                payload: .goAway(lastStreamID: lastStreamID, errorCode: .noError, opaqueData: nil)))
    }
}

extension HTTP2ConnectionHandler: NIOHTTP2FrameDelegate {
    /// Closes the connection after an error that concerns all of it, such as too many resets: the codec tells the client
    /// why, and would leave the connection open.
    func wroteFrame(_ frame: HTTP2Frame) {
        guard case .goAway(_, let code, _) = frame.payload, code != .noError, let context else { return }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        // The frame is flushed in this turn of the event loop.
        context.eventLoop.execute { bound.value.close(promise: nil) }
    }
}
