import NIOCore
import NIOPosix

/// A connection that says exactly what it is told to, byte for byte.
final class RawConnection {
    /// The connection ended where more was to come.
    struct Ended: Error {
        /// What came before.
        let received: String
    }

    let channel: any Channel
    private var received: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    /// What came and was not asked for yet.
    private var unread = ByteBuffer()

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
        port: Int, tls: TLSClient? = nil, _ body: (RawConnection) async throws -> Value
    ) async throws -> Value {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(tls.makeHandler()) }
                    return try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true))
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(RawConnection(channel.channel, inbound, outbound))
        }
    }

    // MARK: - Saying

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

    func close() async throws {
        try await channel.close()
    }

    /// Goes away with a reset, as a process does that is killed with bytes unread.
    func reset() async throws {
        if let options = channel as? any SocketOptionProvider {
            try await options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.close()
    }

    // MARK: - Listening

    /// Everything up to the end of the connection, a reset included.
    func readToEnd() async -> [UInt8] {
        do {
            while try await receive() {}
        } catch {
            return takeAll()
        }
        return takeAll()
    }

    /// Reads up to and with a text; all there is, if the connection ends before.
    func read(until text: String) async throws -> String {
        let pattern = Array(text.utf8)
        var searched = 0
        while true {
            let view = unread.readableBytesView
            if let end = view.dropFirst(searched).firstEnd(of: pattern) {
                return unread.readString(length: end - view.startIndex) ?? ""
            }
            searched = max(0, view.count - pattern.count)
            guard try await receive() else { return String(decoding: takeAll(), as: UTF8.self) }
        }
    }

    func read(count: Int) async throws -> [UInt8] {
        while unread.readableBytes < count {
            guard try await receive() else { throw Ended(received: String(decoding: takeAll(), as: UTF8.self)) }
        }
        return unread.readBytes(length: count) ?? []
    }

    private func takeAll() -> [UInt8] {
        unread.readBytes(length: unread.readableBytes) ?? []
    }

    private func receive() async throws -> Bool {
        var iterator = received
        defer { received = iterator }
        guard var buffer = try await iterator.next() else { return false }
        unread.discardReadBytes()
        unread.writeBuffer(&buffer)
        return true
    }
}

extension Collection<UInt8> {
    /// The index after the first occurrence of a pattern.
    fileprivate func firstEnd(of pattern: [UInt8]) -> Index? {
        var rest = self[...]
        while let start = rest.firstIndex(of: pattern[0]) {
            if rest[start...].starts(with: pattern) { return rest.index(start, offsetBy: pattern.count) }
            rest = rest[rest.index(after: start)...]
        }
        return nil
    }
}
