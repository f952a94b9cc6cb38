import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import UploadHTTP

@Suite struct StreamHandlerTests {
    private func channel(bodyBufferBytesMax: Int = 100) throws -> EmbeddedChannel {
        var limits = HTTPLimits()
        limits.receiveBufferBytesMax = bodyBufferBytesMax
        let channel = EmbeddedChannel(handler: StreamHandler(limits: limits))
        channel.pipeline.fireChannelRead(
            HTTPRequestPart.head(HTTPRequest(method: .put, scheme: "https", authority: "a", path: "/")))
        return channel
    }

    private func read(_ text: String, _ channel: EmbeddedChannel) {
        channel.pipeline.fireChannelRead(HTTPRequestPart.body(ByteBuffer(string: text)))
    }

    /// What the handler has passed on, bodies as text.
    private func passed(_ channel: EmbeddedChannel) throws -> [String] {
        var parts: [String] = []
        while let part = try channel.readInbound(as: HTTPRequestPart.self) {
            switch part {
            case .head: parts.append("head")
            case .body(let bytes): parts.append(String(buffer: bytes))
            case .end: parts.append("end")
            }
        }
        return parts
    }

    @Test func `frames that arrive together are one buffer`() throws {
        let channel = try channel()
        for text in ["a", "b", "c"] { read(text, channel) }
        #expect(try passed(channel) == ["head"])
        channel.pipeline.fireChannelReadComplete()
        #expect(try passed(channel) == ["abc"])
        read("d", channel)
        channel.pipeline.fireChannelReadComplete()
        #expect(try passed(channel) == ["d"])
        _ = try channel.finish()
    }

    @Test func `a buffer has the limit of a read`() throws {
        let channel = try channel(bodyBufferBytesMax: 4)
        for text in ["ab", "cd", "ef", "ghijk", "l"] { read(text, channel) }
        channel.pipeline.fireChannelReadComplete()
        #expect(try passed(channel) == ["head", "abcd", "ef", "ghijk", "l"])
        _ = try channel.finish()
    }

    @Test func `neither the end nor an error overtakes bytes`() throws {
        let channel = try channel()
        read("a", channel)
        read("b", channel)
        channel.pipeline.fireChannelRead(HTTPRequestPart.end(nil))
        #expect(try passed(channel) == ["head", "ab", "end"])
        read("c", channel)
        channel.pipeline.fireErrorCaught(BodyError.malformed)
        #expect(try passed(channel) == ["c"])
        #expect(throws: BodyError.malformed) { try channel.finish() }
    }
}
