import HTTPTypes
import HTTPWire
import NIOCore
import NIOHTTP1

/// Marks requests of HTTP/1.0, and malformed ones that the shared HTTP types cannot express: without exactly one `Host`
/// in HTTP/1.1 (RFC 9112 §3.2), or with a target of no form (§3.2.1 to §3.2.4).
///
/// The host of a target in absolute form replaces `Host` (§3.2.2): the codec behind this handler forgets it, and the
/// server must not take a request to another host for its own.
final class HTTPVersionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    /// The field that carries the mark. A client's own field of this name is removed.
    static let fieldName = HTTPField.Name.known("X-Wharf-Connection")
    static let http10 = "1.0"
    static let malformed = "malformed"

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        let isHTTP10 = head.version == .http1_0
        let hasHost = isHTTP10 || head.headers[canonicalForm: "host"].count == 1
        let hasMark = head.headers.contains(name: Self.fieldName.rawName)
        // Most requests pass as they are: a changed header is a copy.
        if !isHTTP10, hasHost, !hasMark, head.uri.hasPrefix("/") { return context.fireChannelRead(data) }
        if hasMark { head.headers.remove(name: Self.fieldName.rawName) }
        if hasHost, Self.takeHostOfTarget(&head) {
            if isHTTP10 { head.headers.add(name: Self.fieldName.rawName, value: Self.http10) }
        } else {
            head.headers.add(name: Self.fieldName.rawName, value: Self.malformed)
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// - Returns: Whether the target has one of the forms of RFC 9112.
    private static func takeHostOfTarget(_ head: inout HTTPRequestHead) -> Bool {
        if head.uri.hasPrefix("/") || head.method == .CONNECT || head.uri == "*" { return true }
        guard let authority = HTTPRequest.authority(ofTarget: head.uri) else { return false }
        head.headers.replaceOrAdd(name: "Host", value: authority)
        return true
    }
}
