package import HTTPTypes

/// The connection of a request, as far as its handler may use it beside reading the body and returning a response.
package protocol RequestChannel: Sendable {
    /// The fields after a chunked body; known once its end was read.
    var trailers: HTTPFields? { get }

    var isHTTP10: Bool { get }

    /// The IP address of the peer; nil where there is none.
    var peerAddress: String? { get }

    /// Sends an interim response (RFC 9110 §15.2). Does nothing for a client of HTTP/1.0, which has none, or one that is gone: that is
    /// noticed when its body is read.
    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async

    /// Sends a range of an open file as the next bytes of the response, without a copy through this process.
    ///
    /// - Returns: false if this connection cannot; nothing was sent then.
    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool

    /// Registers an action for the end of the response. It runs once.
    ///
    /// - Returns: false if this channel does not know; the action is not registered then.
    func whenResponseEnds(_ action: @escaping @Sendable (ResponseEnd) -> Void) -> Bool
}

extension RequestChannel {
    package var isHTTP10: Bool { false }
    package var peerAddress: String? { nil }
    package func whenResponseEnds(_ action: @escaping @Sendable (ResponseEnd) -> Void) -> Bool { false }
}

/// A connection of another server, of which nothing is known.
struct DetachedRequestChannel: RequestChannel {
    var trailers: HTTPFields? { nil }

    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async {}

    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool { false }
}
