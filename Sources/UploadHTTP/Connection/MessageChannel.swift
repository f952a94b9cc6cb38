import NIOCore
import NIOHTTPTypes
import Synchronization

/// A channel of requests and responses: an HTTP/1.1 connection, or a stream of an HTTP/2 connection.
///
/// A server drops channels that it has not begun to serve when it is cancelled, and when their connection ends. Dropping
/// an asynchronous channel without serving it traps, so `deinit` serves it with an empty body. Wrapping the channel only
/// when it is served is no alternative: the request of a client that has half-closed by then would be lost.
final class MessageChannel: Sendable {
    typealias Parts = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let connectionQuota: ConnectionReceiveQuota
    let tap: NIOLoopBound<BodyTapHandler>?
    private let parts: Parts
    private let isServed = Atomic(false)

    /// Ends the pipeline of `channel` with the asynchronous channel. On its event loop.
    ///
    /// - Parameter tap: The last handler of `channel`; nil for none.
    init(
        _ channel: any Channel, connectionQuota: ConnectionReceiveQuota, tap: BodyTapHandler? = nil, canHalfClose: Bool
    ) throws {
        self.connectionQuota = connectionQuota
        self.tap = tap.map { NIOLoopBound($0, eventLoop: channel.eventLoop) }
        // One buffer waits while another is being written: (highWatermark + 1) × receiveBufferBytesMax is what a
        // connection costs at most.
        parts = try Parts(
            wrappingChannelSynchronously: channel,
            configuration: .init(
                backPressureStrategy: .init(lowWatermark: 1, highWatermark: 2),
                isOutboundHalfClosureEnabled: canHalfClose))
    }

    deinit {
        guard !isServed.load(ordering: .relaxed) else { return }
        // `deinit` cannot wait. The task ends with the channel, which is closed at once.
        Task { [parts] in try? await parts.executeThenClose { _, _ in } }
    }

    var channel: any Channel { parts.channel }

    /// Runs `body` with both directions, and closes the channel. Once only.
    func serve(
        _ body: (
            NIOAsyncChannelInboundStream<HTTPRequestPart>, NIOAsyncChannelOutboundWriter<HTTPResponsePart>
        ) async throws -> Void
    ) async throws {
        isServed.store(true, ordering: .relaxed)
        try await parts.executeThenClose(body)
    }
}
