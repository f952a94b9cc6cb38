import HTTPTypes
import NIOCore
import NIOHTTP2
import NIOHTTPTypes
import NIOHTTPTypesHTTP2

/// What is particular to a request that is a stream of HTTP/2.
///
/// - A request without a length whose body follows gets the field that announces such a body in HTTP/1.1, and that HTTP/2
///   forbids (RFC 9113 §8.2.2), since the shared HTTP types cannot express it.
/// - A response that ends before its request resets the stream without an error once the client has taken it (RFC 9113
///   §8.1), so that the client stops sending.
/// - The frames of a body that arrive together are passed on as one buffer: each buffer is a trip to the store.
/// - A stream whose client takes no frame of the response for `HTTPLimits.responseIdleTimeoutMilliseconds` is reset. The
///   kernel cannot tell (`OutputRateHandler`): the bytes wait for a window of the stream.
final class StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// A frame of the usual size (RFC 9113 §4.2): what a client has to take in the time.
    static let frameBytes = 16 << 10

    private let timeout: TimeAmount
    private let bodyBufferBytesMax: Int
    private var isRequestComplete = false
    /// The header, until it is known whether a body follows.
    private var head: HTTPRequest?
    /// Frames of the body, until all that have arrived are read.
    private var frames: [ByteBuffer] = []
    private var framesBytes = 0
    /// Writes that the client has not taken yet.
    private var pendingWrites = 0
    private var waitingSince = NIODeadline.distantPast
    private var checking: RepeatedTask?

    init(limits: HTTPLimits) {
        timeout = .milliseconds(limits.responseIdleTimeoutMilliseconds)
        bodyBufferBytesMax = limits.receiveBufferBytesMax
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let interval = TimeAmount.nanoseconds(max(1_000_000, timeout.nanoseconds / 4))
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        checking = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let (handler, context) = bound.value
            handler.check(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        checking?.cancel()
        checking = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            head = request
            return
        case .body(let frame):
            passHead(context, hasBody: true)
            if framesBytes + frame.readableBytes > bodyBufferBytesMax { passFrames(context) }
            frames.append(frame)
            framesBytes += frame.readableBytes
        case .end:
            passHead(context, hasBody: false)
            passFrames(context)
            isRequestComplete = true
            context.fireChannelRead(data)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        passHead(context, hasBody: true)
        passFrames(context)
        context.fireChannelReadComplete()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        passFrames(context)
        context.fireErrorCaught(error)
    }

    private func passHead(_ context: ChannelHandlerContext, hasBody: Bool) {
        guard var request = head.take() else { return }
        if hasBody, request.headerFields[.contentLength] == nil { request.headerFields[.transferEncoding] = "chunked" }
        context.fireChannelRead(wrapInboundOut(.head(request)))
    }

    private func passFrames(_ context: ChannelHandlerContext) {
        guard var bytes = frames.first else { return }
        if frames.count > 1 {
            bytes = context.channel.allocator.buffer(capacity: framesBytes)
            for frame in frames { bytes.writeImmutableBuffer(frame) }
        }
        frames.removeAll(keepingCapacity: true)
        framesBytes = 0
        context.fireChannelRead(wrapInboundOut(.body(bytes)))
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head: context.write(data, promise: promise)
        case .body(var bytes):
            while bytes.readableBytes > Self.frameBytes, let frame = bytes.readSlice(length: Self.frameBytes) {
                write(.body(frame), nil, context)
            }
            write(.body(bytes), promise, context)
        case .end(let trailers):
            let written = promise ?? context.eventLoop.makePromise(of: Void.self)
            write(.end(trailers), written, context)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            written.futureResult.whenSuccess {
                let (handler, context) = bound.value
                if !handler.isRequestComplete { handler.reset(.noError, context) }
            }
        }
    }

    private func write(_ part: HTTPResponsePart, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        if pendingWrites == 0 { waitingSince = .now() }
        pendingWrites += 1
        let taken = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        taken.futureResult.whenComplete { _ in
            bound.value.pendingWrites -= 1
            bound.value.waitingSince = .now()
        }
        context.write(wrapOutboundOut(part), promise: taken)
    }

    private func check(_ context: ChannelHandlerContext) {
        guard pendingWrites > 0, waitingSince + timeout < .now() else { return }
        checking?.cancel()
        reset(.cancel, context)
    }

    private func reset(_ code: NIOHTTP2.HTTP2ErrorCode, _ context: ChannelHandlerContext) {
        context.triggerUserOutboundEvent(NIOHTTP2FramePayloadToHTTPEvent.reset(code: code), promise: nil)
    }
}
