import HTTPTypes
import NIOCore
import NIOHTTP1

/// Marks requests of HTTP/1.0, and requests of HTTP/1.1 without exactly one `Host` (RFC 9112 §3.2), which the shared
/// HTTP types cannot express.
final class HTTPVersionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// The field that carries the mark. A client's own field of this name is removed.
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
