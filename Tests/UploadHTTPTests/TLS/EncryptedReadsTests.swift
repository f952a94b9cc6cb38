import NIOCore
import NIOEmbedded
import Testing

@testable import UploadHTTP

@Suite struct EncryptedReadsTests {
    /// In the place of the TLS handler: passes the bytes of a piece once the piece is complete.
    private final class Decryption: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias InboundOut = ByteBuffer

        var pieces: [Int] = []
        private var bytes = ByteBuffer()

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var piece = unwrapInboundIn(data)
            pieces.append(piece.readableBytes)
            bytes.writeBuffer(&piece)
        }

        func channelReadComplete(context: ChannelHandlerContext) {
            context.fireChannelRead(wrapInboundOut(bytes))
            bytes = ByteBuffer()
            context.fireChannelReadComplete()
        }
    }

    private final class CompletionCounter: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var count = 0

        func channelReadComplete(context: ChannelHandlerContext) { count += 1 }
    }

    private struct Fixture {
        let channel = EmbeddedChannel()
        let decryption = Decryption()
        let completions = CompletionCounter()

        init() throws {
            let decrypted = DecryptedReads()
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try channel.pipeline.syncOperations.addHandlers([
                EncryptedReads(decrypted), decryption, decrypted, completions,
            ])
        }
    }

    @Test func `a read is decrypted in pieces and passed on as one`() throws {
        let fixture = try Fixture()
        let bytes = ByteBuffer(bytes: content(40_000))
        fixture.channel.pipeline.fireChannelRead(bytes)
        #expect(try fixture.channel.readInbound(as: ByteBuffer.self) == nil)
        fixture.channel.pipeline.fireChannelReadComplete()
        #expect(try fixture.channel.readInbound(as: ByteBuffer.self) == bytes)
        #expect(try fixture.channel.readInbound(as: ByteBuffer.self) == nil)
        #expect(fixture.decryption.pieces == [16_384, 16_384, 7232])
        #expect(fixture.completions.count == 1)
        _ = try fixture.channel.finish()
    }

    @Test func `the end of the client's side does not overtake bytes`() throws {
        let fixture = try Fixture()
        let bytes = ByteBuffer(bytes: content(40_000))
        fixture.channel.pipeline.fireChannelRead(bytes)
        fixture.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try fixture.channel.readInbound(as: ByteBuffer.self)?.readableBytes == 32_768)
        _ = try fixture.channel.finish()
    }

    @Test func `nothing is decrypted once the channel is closed`() throws {
        let fixture = try Fixture()
        try fixture.channel.close().wait()
        fixture.channel.pipeline.fireChannelRead(ByteBuffer(bytes: content(40_000)))
        #expect(fixture.decryption.pieces.isEmpty)
    }
}
