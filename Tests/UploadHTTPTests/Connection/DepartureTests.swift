import NIOCore
import NIOEmbedded
import NIOHTTP2
import NIOHTTPTypes
import NIOPosix
import Testing

@testable import UploadHTTP

/// Operations that read nothing from their client, and learn that it has left.
@Suite struct DepartureTests {
    enum Departure: CaseIterable {
        case close, halfClose, reset
    }

    @Test(.timeLimit(.minutes(10)), arguments: Departure.allCases)
    func `an operation is cancelled once its client has left`(_ departure: Departure) async throws {
        try await withRequest { request, connection in
            switch departure {
            case .close: try await connection.close()
            case .halfClose: connection.finishSending()
            case .reset: try await connection.reset()
            }
            await #expect(throws: CancellationError.self) {
                try await request.whileConnected(checkingEvery: .milliseconds(5)) { try await endlessly() }
            }
        }
    }

    @Test func `the result of an operation is returned while its client is there`() async throws {
        struct Failed: Error {}
        try await withRequest { request, _ in
            let value = try await request.whileConnected(checkingEvery: .milliseconds(1)) { 7 }
            #expect(value == 7)
            await #expect(throws: Failed.self) {
                try await request.whileConnected(checkingEvery: .milliseconds(1)) { throw Failed() }
            }
        }
    }

    @Test func `a stream of HTTP/2 has no socket, and is not asked for one`() throws {
        let connection = EmbeddedChannel()
        let multiplexer = try connection.configureHTTP2Pipeline(
            mode: .client, connectionConfiguration: .init(), streamConfiguration: .init()
        ) { $0.eventLoop.makeSucceededVoidFuture() }.wait()
        try connection.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        let stream = connection.eventLoop.makePromise(of: (any Channel).self)
        multiplexer.createStreamChannel(promise: stream) { $0.eventLoop.makeSucceededVoidFuture() }
        connection.embeddedEventLoop.run()
        #expect(!ConnectionRequestChannel.isClosedByPeer(try stream.futureResult.wait()))
        _ = try connection.finish(acceptAlreadyClosed: true)
    }

    /// Until the task is cancelled.
    private func endlessly() async throws {
        for await _ in AsyncStream<Never>.makeStream().stream {}
        try Task.checkCancellation()
    }

    /// A request on a connection, and the client's end of it.
    private func withRequest(
        _ body: (ConnectionRequestChannel, RawConnection) async throws -> Void
    ) async throws {
        let (accepted, accept) = AsyncStream.makeStream(of: (any Channel).self)
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                accept.yield(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(server.localAddress?.port)
        try await RawConnection.open(port: port) { connection in
            var channels = accepted.makeAsyncIterator()
            let channel = try #require(await channels.next())
            let (writer, _) = NIOAsyncChannelOutboundWriter<HTTPResponsePart>.makeTestingWriter()
            let request = ConnectionRequestChannel(
                channel: channel, outbound: writer, version: .http11, isSecure: false,
                connectionQuota: ConnectionReceiveQuota(ReceiveQuota(limit: 1 << 20)), tap: nil,
                expectsContinue: false)
            try await body(request, connection)
            writer.finish()
            try? await channel.close()
        }
        try await server.close()
    }
}
