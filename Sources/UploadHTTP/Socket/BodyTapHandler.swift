import HTTPTypes
import HTTPWire
import NIOCore
import NIOHTTPTypes

/// Lets the reader of a large body take its bytes from the socket itself: the channel notices the arrival of bytes with a
/// small read, and then reads no more until the reader has taken what the socket has.
///
/// For HTTP/1 in the clear, and bodies with a length. All handlers before this one see the bytes: in their place a buffer of
/// their number passes through the channel, whose contents nobody reads, so that the end of the body, the next request and
/// the timeouts are found as ever. Claimed bytes therefore count as received at once.
final class BodyTapHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Of one claim: four pieces.
    static let claimBytesMax = 2 << 20
    /// Stands for claimed bytes; its memory is never touched.
    private static let placeholder: ByteBuffer = {
        var buffer = ByteBufferAllocator().buffer(capacity: claimBytesMax)
        buffer.moveWriterIndex(to: claimBytesMax)
        return buffer
    }()

    /// A smaller body is received by the channel.
    private let bodyBytesMin: Int
    private let gate: ReceiveGate
    private let connectionQuota: ConnectionReceiveQuota
    private var context: ChannelHandlerContext?
    private var socket: BodySocket?
    /// Requests whose header has passed.
    private var passedRequests: UInt64 = 0
    /// Requests whose handler has begun: fewer while a client pipelines.
    private var begunRequests: UInt64 = 0
    /// Of the last request, as everything below: the length of its body, 0 if it is unknown.
    private var bodyBytes = 0
    /// Bytes of the body of known length that have neither passed nor been claimed.
    private var missingBytes = 0
    /// Whether the body is large enough, and whether its reader claims bytes of it.
    private var canTap = false
    private var isTapping = false
    /// Parts with bytes that have passed, and that the reader has not taken.
    private var waitingParts = 0
    /// Bytes of the placeholder that are on their way through the channel.
    private var placeholderBytes = 0
    /// Whether reads are held back, and whether there is one.
    private var isHolding = false
    private var hasHeldRead = false

    init(limits: HTTPLimits, gate: ReceiveGate, connectionQuota: ConnectionReceiveQuota) {
        bodyBytesMin = limits.socketBodyBytesMin
        self.gate = gate
        self.connectionQuota = connectionQuota
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
        self.context = nil
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    /// The body is not received any more.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end()
        context.fireErrorCaught(error)
    }

    func read(context: ChannelHandlerContext) {
        if isHolding { hasHeldRead = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head)
        case .body(let bytes):
            if placeholderBytes > 0 {
                placeholderBytes -= bytes.readableBytes
                return connectionQuota.release(bytes.readableBytes)
            }
            missingBytes -= min(missingBytes, bytes.readableBytes)
            waitingParts += 1
            if isTapping, missingBytes > 0 { isHolding = true } else { release() }
        case .end: gate.isTapped = false
        }
        context.fireChannelRead(data)
    }

    private func begin(_ head: HTTPRequest) {
        passedRequests += 1
        let isChunked = head.headerFields.contains(.transferEncoding)
        bodyBytes = isChunked ? 0 : head.headerFields.value(of: .contentLength).flatMap { Int($0) } ?? 0
        missingBytes = bodyBytes
        waitingParts = 0
        canTap = missingBytes >= max(1, bodyBytesMin)
        isTapping = false
    }

    // MARK: - The reader

    /// The next request begins to be answered.
    func beginRequest() {
        begunRequests += 1
    }

    /// The reader has taken a part with bytes.
    func tookPart() {
        if isOfLastRequest { waitingParts -= min(waitingParts, 1) }
    }

    /// Whether the reader reads the last request whose header has passed.
    private var isOfLastRequest: Bool { begunRequests == passedRequests }

    /// Claims the next bytes of the body, if the reader has taken all parts before them, and some have arrived.
    func claim() -> SocketClaim? {
        guard isOfLastRequest else { return nil }
        if canTap, !isTapping {
            // Held from the next part on: there may be a read already.
            isTapping = true
            gate.isTapped = true
        }
        guard isTapping, isHolding, waitingParts == 0, missingBytes > 0, let context, context.channel.isActive else {
            return nil
        }
        gate.settle()
        guard let socket = socket ?? open(context) else { return nil }
        self.socket = socket
        var count = min(socket.availableBytes, missingBytes, Self.claimBytesMax)
        guard count > 0 else { return nil }
        // Up to the end of a block, so that the next bytes begin with one and can be written directly. A body that begins in
        // the middle of a block gains nothing, and loses nothing.
        let past = (bodyBytes - missingBytes + count) % PieceBuffers.alignment
        if count < missingBytes, count > past { count -= past }
        let claim = SocketClaim(socket, count)
        gate.enter(claim)
        missingBytes -= count
        placeholderBytes = count
        let placeholder = Self.placeholder.getSlice(at: 0, length: count) ?? Self.placeholder
        context.pipeline.syncOperations.fireChannelRead(NIOAny(placeholder))
        context.pipeline.syncOperations.fireChannelReadComplete()
        return claim
    }

    private func open(_ context: ChannelHandlerContext) -> BodySocket? {
        let socket = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable { (descriptor: CInt) in
            BodySocket(duplicating: descriptor)
        }
        guard let socket, let socket else {
            // The channel receives the body.
            canTap = false
            isTapping = false
            gate.isTapped = false
            return nil
        }
        return socket
    }

    /// The reader waits for the channel: it has taken what it had claimed, or needs no more.
    func release() {
        guard isHolding else { return }
        gate.settle()
        isHolding = false
        if missingBytes == 0 || !isTapping { socket = nil }
        if hasHeldRead, let context, context.channel.isActive { context.read() }
        hasHeldRead = false
    }

    /// The request is answered without more of its body.
    func endRequest() {
        if isOfLastRequest { end() } else { release() }
    }

    /// Nothing of the body is claimed from now on.
    private func end() {
        canTap = false
        isTapping = false
        gate.isTapped = false
        release()
        gate.settle()
        socket = nil
    }
}
