import HummingbirdCore
import NIOCore
import NIOHTTP2

/// An accepted connection. Closed when it is dropped.
final class AcceptedConnection: ServerChildChannelValue {
    /// The protocol of its messages.
    enum Wire: Sendable {
        case http1(MessageChannel)
        case http2(NIOHTTP2Handler.AsyncStreamMultiplexer<MessageChannel>)
    }

    let channel: any Channel
    /// Known once an encrypted connection has negotiated it.
    let wire: EventLoopFuture<Wire>

    init(channel: any Channel, wire: EventLoopFuture<Wire>) {
        self.channel = channel
        self.wire = wire
    }

    deinit {
        channel.close(promise: nil)
    }
}
