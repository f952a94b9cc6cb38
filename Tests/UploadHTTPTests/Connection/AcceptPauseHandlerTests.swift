import Glibc
import HTTPTestKit
import Logging
import NIOCore
import NIOEmbedded
import Testing

@testable import UploadHTTP

@Suite struct AcceptPauseHandlerTests {
    /// A listening channel that fails to accept, and the reads that reach its socket.
    private struct Fixture {
        final class ReadCounter: ChannelOutboundHandler {
            typealias OutboundIn = Never
            var count = 0

            func read(context: ChannelHandlerContext) {
                count += 1
                context.read()
            }
        }

        let loop = EmbeddedEventLoop()
        let channel: EmbeddedChannel
        let connections: OpenConnections
        let reads = ReadCounter()
        let log = LogCapture()

        init(connectionsMax: Int = 10) throws {
            var limits = HTTPLimits()
            limits.connectionsMax = connectionsMax
            connections = OpenConnections(
                limits: limits, unlimitedAddresses: [],
                metrics: ServerMetrics(factory: PrometheusMetrics()))
            channel = EmbeddedChannel(loop: loop)
            try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
            try channel.pipeline.syncOperations.addHandlers([
                reads, AcceptPauseHandler(connections: connections, logger: log.logger),
            ])
        }

        /// The channel itself only keeps what it was told.
        var isReadingAutomatically: Bool {
            channel.options.last { $0.option is ChannelOptions.Types.AutoReadOption }?.value as? Bool ?? true
        }

        func fail(_ code: CInt) {
            channel.pipeline.fireErrorCaught(IOError(errnoCode: code, reason: "accept"))
        }
    }

    @Test(arguments: [EMFILE, ENFILE, ENOBUFS, ENOMEM])
    func `without room the channel leaves its event loop for a second`(code: CInt) throws {
        let fixture = try Fixture()
        fixture.fail(code)
        #expect(!fixture.isReadingAutomatically)
        fixture.channel.read()
        #expect(fixture.reads.count == 0)
        fixture.loop.advanceTime(by: .milliseconds(999))
        #expect(!fixture.isReadingAutomatically)
        fixture.loop.advanceTime(by: .milliseconds(1))
        #expect(fixture.isReadingAutomatically)
        fixture.channel.read()
        #expect(fixture.reads.count == 1)
        _ = try? fixture.channel.finish()
    }

    @Test func `it does not go on past the limit of connections`() throws {
        let fixture = try Fixture(connectionsMax: 1)
        let gate = ConnectionGate(connections: fixture.connections)
        gate.connectionOpened()
        fixture.fail(EMFILE)
        fixture.loop.advanceTime(by: .seconds(5))
        #expect(!fixture.isReadingAutomatically)
        gate.connectionClosed()
        fixture.loop.advanceTime(by: .seconds(1))
        #expect(fixture.isReadingAutomatically)
        _ = try? fixture.channel.finish()
    }

    @Test func `it is logged once a minute`() throws {
        let fixture = try Fixture()
        for _ in 0..<10 {
            fixture.fail(EMFILE)
            fixture.loop.advanceTime(by: .seconds(1))
        }
        #expect(fixture.log.lines.map(\.message) == ["connections wait: the system has no room for another one"])
        _ = try? fixture.channel.finish()
    }

    @Test func `other errors are passed on, and pause nothing`() throws {
        let fixture = try Fixture()
        fixture.fail(ECONNABORTED)
        #expect(fixture.isReadingAutomatically)
        #expect(throws: IOError.self) { try fixture.channel.throwIfErrorCaught() }
        _ = try? fixture.channel.finish()
    }
}
