import NIOCore
import NIOPosix

/// A connection that says exactly what it is told to, byte for byte.
final class RawConnection {
    let channel: any Channel
    private var received: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    private init(
        _ channel: any Channel, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        received = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    /// Runs `body` on a connection to a port of the loopback interface, and closes it.
    static func open<Value: Sendable>(
        port: Int, _ body: @escaping @Sendable (RawConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(channel.channel, inbound, outbound))
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    func send(_ bytes: [UInt8]) async throws {
        try await outbound.write(ByteBuffer(bytes: bytes))
    }

    /// Says no more, and goes on listening.
    func finishSending() {
        outbound.finish()
    }

    /// Everything up to the end of the connection, a reset included.
    func readToEnd() async -> [UInt8] {
        var bytes: [UInt8] = []
        do {
            while let buffer = try await next() { bytes += buffer.readableBytesView }
        } catch {
            return bytes
        }
        return bytes
    }

    /// Reads until what has come since the call contains a text.
    func read(until text: String) async throws -> String {
        var bytes: [UInt8] = []
        while let buffer = try await next() {
            bytes += buffer.readableBytesView
            let soFar = String(decoding: bytes, as: UTF8.self)
            if soFar.contains(text) { return soFar }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func next() async throws -> ByteBuffer? {
        var iterator = received
        defer { received = iterator }
        return try await iterator.next()
    }
}
