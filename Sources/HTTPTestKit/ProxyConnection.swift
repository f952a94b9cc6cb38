import Glibc
import NIOCore
import NIOPosix
import Synchronization

/// A client's connection and the connection to the server that it is forwarded to.
struct ProxyConnection: Sendable {
    typealias Link = NIOAsyncChannel<ByteBuffer, ByteBuffer>
    typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    let server: Int
    let fault: ConnectionFault
    let count: @Sendable (@Sendable (inout FaultyProxy.Counts) -> Void) -> Void

    /// Ends forwarding because of a fault.
    private enum Cut: Error {
        case reset
        case end
        case replay([ByteBuffer])
    }

    /// Forwards until the connection ends for any reason.
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

    /// Supports half-closed connections.
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
        let shared = SharedFaultState(fault)
        try await upstream.executeThenClose { fromServer, toServer in
            do {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        for try await piece in fromClient {
                            count { $0.requestBytes += piece.readableBytes }
                            let action = shared.state.withLock { $0.requested(piece) }
                            try await pass(piece, to: toServer, action) { [] }
                        }
                        toServer.finish()
                    }
                    group.addTask {
                        for try await piece in fromServer {
                            let action = shared.state.withLock { $0.answered(piece) }
                            try await pass(piece, to: toClient, action) { shared.state.withLock { $0.recorded } }
                        }
                        toClient.finish()
                        // The server has closed the connection, even if the client still sends.
                        throw Cut.end
                    }
                    while try await group.next() != nil {}
                }
            } catch let cut as Cut {
                try await close(client, upstream.channel, cut)
            }
        }
    }

    /// The state shared by both directions.
    private final class SharedFaultState: Sendable {
        let state: Mutex<FaultState>

        init(_ fault: ConnectionFault) {
            state = Mutex(FaultState(fault: fault))
        }
    }

    private func pass(
        _ piece: ByteBuffer, to other: Outbound, _ action: FaultState.Action, recorded: () -> [ByteBuffer]
    ) async throws {
        if case .delay(let milliseconds) = fault { try await Task.sleep(for: .milliseconds(milliseconds)) }
        switch action {
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
        // With a linger time of zero, a close is a reset (RFC 9293, section 3.10.4; socket(7), SO_LINGER).
        for channel in [client, server] {
            try? await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        throw cut
    }

    // MARK: - Replay

    /// Sends a request's bytes on a separate connection and waits for the response or the end.
    private func replay(_ request: [ByteBuffer]) async throws {
        try await connect().executeThenClose { fromServer, toServer in
            for piece in request { try await toServer.write(piece) }
            for try await _ in fromServer { return }
        }
    }
}
