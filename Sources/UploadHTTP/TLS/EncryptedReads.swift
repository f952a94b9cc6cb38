import NIOCore

/// Passes each read from the socket to the TLS handler in pieces, whose plain text `DecryptedReads` joins again.
///
/// The TLS handler keeps its buffer of plain text as long as the connection, at up to twice the size of the largest read,
/// and copies all of it while an earlier read is in use. With pieces the buffer stays as small as it begins: thousands of
/// connections may wait in the middle of a body.
final class EncryptedReads: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The buffer begins with 64 KiB: the rest of a record, a piece, and the room that the TLS handler demands for one
    /// more record fit into it.
    private static let pieceBytes = 16 << 10

    private let decrypted: DecryptedReads

    /// - Parameter decrypted: The handler after the TLS handler.
    init(_ decrypted: DecryptedReads) {
        self.decrypted = decrypted
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        decrypted.expectedBytes = bytes.readableBytes
        // The TLS handler closes the channel after an error.
        while context.channel.isActive, bytes.readableBytes > Self.pieceBytes,
            let piece = bytes.readSlice(length: Self.pieceBytes)
        {
            context.fireChannelRead(wrapInboundOut(piece))
            decrypted.isWaiting = true
            context.fireChannelReadComplete()
            decrypted.isWaiting = false
        }
        if context.channel.isActive { context.fireChannelRead(wrapInboundOut(bytes)) }
    }
}

/// Joins the plain text of the pieces of one read. See `EncryptedReads`.
final class DecryptedReads: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// The size of the read.
    fileprivate var expectedBytes = 0
    /// Whether more pieces of the read follow.
    fileprivate var isWaiting = false
    private var joined: ByteBuffer?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        // A record that began in the read before may exceed the size. A larger buffer would have twice the size.
        if let joined, joined.writableBytes < bytes.readableBytes { pass(context) }
        let capacity = max(expectedBytes, bytes.readableBytes)
        var joined = joined.take() ?? context.channel.allocator.buffer(capacity: capacity)
        joined.writeBuffer(&bytes)
        self.joined = joined
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        guard !isWaiting else { return }
        pass(context)
        context.fireChannelReadComplete()
    }

    // What follows the bytes must not overtake them.

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        pass(context)
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        pass(context)
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pass(context)
        context.fireChannelInactive()
    }

    private func pass(_ context: ChannelHandlerContext) {
        if let joined = joined.take() { context.fireChannelRead(wrapInboundOut(joined)) }
    }
}
