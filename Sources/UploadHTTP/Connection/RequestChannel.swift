package import HTTPTypes

/// What a handler may do with the connection a request came on, besides reading its body and returning an answer.
package protocol RequestChannel: Sendable {
    /// The fields after a chunked body; known once its end was read.
    var trailers: HTTPFields? { get }

    /// Whether the request is of HTTP/1.0.
    var isHTTP10: Bool { get }

    /// The IP address that the connection comes from; nil where there is none.
    var peerAddress: String? { get }

    /// Sends an interim response (RFC 9110 §15.2). Does nothing for a client of HTTP/1.0, which knows none; a client that
    /// is gone is no error here, it is noticed when its body is read.
    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async

    /// Sends a range of an open file as the next bytes of the answer, without a copy through this process.
    ///
    /// - Returns: false if this connection cannot; nothing was sent then.
    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool
}

extension RequestChannel {
    package var isHTTP10: Bool { false }
    package var peerAddress: String? { nil }
}
