import NIOCore
import NIOEmbedded
import Testing

@testable import UploadHTTP

@Suite struct AcceptedConnectionTests {
    @Test func `a connection that is dropped before it was served is closed at once`() throws {
        let channel = EmbeddedChannel()
        try channel.connect(to: .init(unixDomainSocketPath: "a")).wait()
        var connection: AcceptedConnection? = AcceptedConnection(
            channel: channel, connectionQuota: ConnectionReceiveQuota(ReceiveQuota(limit: 1)))
        #expect(channel.isActive && connection != nil)
        connection = nil
        #expect(!channel.isActive)
    }
}
