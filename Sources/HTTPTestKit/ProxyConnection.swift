import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// One connection of a client, and that to the server which it is forwarded on.
struct ProxyConnection: Sendable {
    typealias Link = NIOAsyncChannel<ByteBuffer, ByteBuffer>
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    let server: Int
    let fault: ConnectionFault
    let count: @Sendable (@Sendable (inout FaultyProxy.Counts) -> Void) -> Void

    /// Why forwarding ends before the client or the server ends it.
    private enum Cut: Error {
        case reset
        case end
        case replay([ByteBuffer])
    }

    /// Returns when the connection is over, however it ended: who uses it sees that.
    func run(_ client: Link) async {
        do {
            try await client.executeThenClose { fromClient, toClient in
                let upstream = try await connect()
                try await forward(client.channel, fromClient, toClient, upstream)
            }
        } catch Cut.replay(let request) {
            count { $0.duplicated += 1 }
            try? await replay(request)
        } catch {}
    }

    /// One direction may end before the other.
    static func link(_ channel: any Channel) throws -> Link {
        try Link(wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
    }

    private func connect() async throws -> Link {
        try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .connect(host: "127.0.0.1", port: server) { channel in
                channel.eventLoop.makeCompletedFuture { try Self.link(channel) }
            }
    }

    // MARK: - Forwarding

    private func forward(
        _ client: any Channel, _ fromClient: Inbound, _ toClient: Outbound, _ upstream: Link
    ) async throws {
        let exchange = SharedExchange(fault)
        try await upstream.executeThenClose { fromServer, toServer in
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for try await piece in fromClient {
                            count { $0.requestBytes += piece.readableBytes }
                            let verdict = exchange.state.withLock { $0.requested(piece) }
                            try await pass(piece, to: toServer, verdict) { [] }
                        }
                        toServer.finish()
                    }
                    group.addTask {
                        for try await piece in fromServer {
                            let verdict = exchange.state.withLock { $0.answered(piece) }
                            try await pass(piece, to: toClient, verdict) { exchange.state.withLock { $0.recorded } }
                        }
                        toClient.finish()
                        // The server is done with the connection, whatever the client still means to say.
                        throw Cut.end
                    }
                    while try await group.next() != nil {}
                }
            } catch let cut as Cut {
                try await close(client, upstream.channel, cut)
            }
        }
    }

    /// What both directions look at.
    private final class SharedExchange: Sendable {
        let state: Mutex<Exchange>

        init(_ fault: ConnectionFault) {
            state = Mutex(Exchange(fault: fault))
        }
    }

    private func pass(
        _ piece: ByteBuffer, to other: Outbound, _ verdict: Exchange.Verdict, recorded: () -> [ByteBuffer]
    ) async throws {
        if case .delay(let milliseconds) = fault { try await Task.sleep(for: .milliseconds(milliseconds)) }
        switch verdict {
        case .forward: try await other.write(piece)
        case .reset(let bytes):
            try await other.write(piece.getSlice(at: piece.readerIndex, length: bytes) ?? piece)
            throw Cut.reset
        case .end(let bytes):
            count { $0.cut += 1 }
            try await other.write(piece.getSlice(at: piece.readerIndex, length: bytes) ?? piece)
            throw Cut.end
        case .replay: throw Cut.replay(recorded())
        }
    }

    private func close(_ client: any Channel, _ server: any Channel, _ cut: Cut) async throws {
        if case .end = cut { return }
        count { $0.cut += 1 }
        // Without lingering, closing resets (RFC 9293, section 3.10.4; socket(7), SO_LINGER).
        for channel in [client, server] {
            try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        throw cut
    }

    // MARK: - Once more

    /// Sends the bytes of a request on a connection of their own, and waits for the answer or the end.
    private func replay(_ request: [ByteBuffer]) async throws {
        try await connect().executeThenClose { fromServer, toServer in
            for piece in request { try await toServer.write(piece) }
            for try await _ in fromServer { return }
        }
    }
}
