import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization

/// An accepted connection. Nothing is read from it before it is served.
///
/// A server that is cancelled drops connections that it has not begun to serve. Such a connection is closed here; it has no
/// asynchronous channel yet, which must not be dropped without having been served.
final class AcceptedConnection: ServerChildChannelValue {
    let channel: any Channel
    let connectionQuota: ConnectionReceiveQuota
    private let isServed = Atomic(false)

    /// - Parameter channel: With automatic reading turned off.
    init(channel: any Channel, connectionQuota: ConnectionReceiveQuota) {
        self.channel = channel
        self.connectionQuota = connectionQuota
    }

    deinit {
        if !isServed.load(ordering: .relaxed) { channel.close(promise: nil) }
    }

    /// Runs `body` with both directions, and closes the connection. Once only.
    func serve(
        _ body: (
            NIOAsyncChannelInboundStream<HTTPRequestPart>, NIOAsyncChannelOutboundWriter<HTTPResponsePart>
        ) async throws -> Void
    ) async throws {
        let channel = channel
        let parts = try await channel.eventLoop.submit {
            // One buffer waits while another is being written: (highWatermark + 1) × receiveBufferBytesMax is what a
            // connection costs at most.
            let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
                wrappingChannelSynchronously: channel,
                configuration: .init(
                    backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2), isOutboundHalfClosureEnabled: true))
            // From here on the asynchronous channel decides when to read.
            channel.setOption(.autoRead, value: true).whenFailure { _ in channel.close(promise: nil) }
            return parts
        }.get()
        isServed.store(true, ordering: .relaxed)
        try await parts.executeThenClose(body)
    }
}
