import NIOCore
import NIOPosix
import Testing

/// A connection to a server on this machine that stays open after its requests.
final class KeptConnection {
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private var received: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>

    private init(
        _ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>,
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    ) {
        self.channel = channel
        received = inbound.makeAsyncIterator()
        self.outbound = outbound
    }

    static func open<Value: Sendable>(
        port: Int, _ body: (KeptConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(KeptConnection(channel, inbound, outbound))
        }
    }

    func send(_ text: String) async throws {
        try await outbound.write(ByteBuffer(string: text))
    }

    func send(_ bytes: ByteBuffer) async throws {
        try await outbound.write(bytes)
    }

    /// Reads until a text has arrived, and returns everything from the last call on; what there is, at the end.
    func read(until text: String) async throws -> String {
        var all = ""
        var iterator = received
        defer { received = iterator }
        while !all.contains(text), let bytes = try await iterator.next() { all += String(buffer: bytes) }
        return all
    }

    /// Whether the server answers a request on it.
    func isAnswered() async throws -> Bool {
        try await send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return try await read(until: "ok\n").hasPrefix("HTTP/1.1 200 ")
    }
}
