import HTTPTypes
import NIOCore
import NIOHTTP1

/// Passes on what the shared HTTP types have no place for: that a request is of HTTP/1.0, and that one of HTTP/1.1 has no
/// `Host` (RFC 9112 §3.2).
final class HTTPVersionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// A field that no client can set: it is taken out of every request before it is put in.
    static let fieldName = "x-wharf-connection"
    static let http10 = "1.0"
    static let withoutHost = "no-host"

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        head.headers.remove(name: Self.fieldName)
        if head.version == .http1_0 {
            head.headers.add(name: Self.fieldName, value: Self.http10)
        } else if head.headers[canonicalForm: "host"].count != 1 {
            head.headers.add(name: Self.fieldName, value: Self.withoutHost)
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }
}
