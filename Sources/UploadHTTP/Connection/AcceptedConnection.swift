import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization

/// A connection that was accepted.
///
/// A server that is cancelled drops those that it has not come to serve, and an asynchronous channel that was never served ends
/// the process when it is dropped: this closes it as it has to be closed.
final class AcceptedConnection: ServerChildChannelValue {
    typealias Parts = NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>

    let connectionQuota: ConnectionReceiveQuota
    private let parts: Parts
    private let isServed = Atomic(false)

    init(parts: Parts, connectionQuota: ConnectionReceiveQuota) {
        self.parts = parts
        self.connectionQuota = connectionQuota
    }

    deinit {
        guard !isServed.load(ordering: .relaxed) else { return }
        // Nobody is left to wait for it.
        Task { [parts] in try? await parts.executeThenClose { _, _ in } }
    }

    var channel: any Channel { parts.channel }

    /// Runs `body` with both directions, and closes the connection. Once only.
    func serve(
        _ body: (
            NIOAsyncChannelInboundStream<HTTPRequestPart>, NIOAsyncChannelOutboundWriter<HTTPResponsePart>
        ) async throws -> Void
    ) async throws {
        isServed.store(true, ordering: .relaxed)
        try await parts.executeThenClose(body)
    }
}
