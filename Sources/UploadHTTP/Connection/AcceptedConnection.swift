import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization

/// An accepted connection.
///
/// A cancelled server drops connections that it has not begun to serve. Dropping an asynchronous channel without
/// serving it traps, so `deinit` serves it with an empty body. Wrapping the channel only when it is served is no
/// alternative: the request of a client that has half-closed by then would be lost.
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
        // `deinit` cannot wait. The task ends with the connection, which is closed at once.
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
