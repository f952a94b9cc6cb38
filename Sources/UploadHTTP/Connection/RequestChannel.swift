package import HTTPTypes

/// A handler's access to the connection of its request, in addition to the request's body and the response.
package protocol RequestChannel: Sendable {
    /// The fields after a chunked body; known once its end was read.
    var trailers: HTTPFields? { get }

    var isHTTP10: Bool { get }

    /// Whether the connection is encrypted by this server.
    var isSecure: Bool { get }

    /// The IP address of the peer; nil if unknown.
    var peerAddress: String? { get }

    /// Sends an interim response (RFC 9110 §15.2). No effect for HTTP/1.0 clients and closed connections.
    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async

    /// Claims the next bytes of the body, if they are in the socket and its reader may take them from there. On the event loop
    /// of the connection, by the reader, once it has written all bytes before them.
    func claimBody() -> SocketClaim?

    /// Ends the body before its end: its reader gets `BodyError.interrupted`, also while it waits for a silent client. No effect
    /// once the whole body was read.
    func interruptBody()

    /// Ends the connection, or the stream of HTTP/2, without a response: for a client that takes any response as the end of its
    /// upload, and comes back after a broken connection.
    func abandon()

    /// Sends a range of an open file as the next bytes of the response, without copying it through this process.
    ///
    /// - Returns: false, with nothing sent, if this connection cannot do so.
    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool

    /// Runs a long operation that reads nothing from the client, in a task that is cancelled once the client has left. What
    /// the operation throws then is rethrown.
    func whileConnected<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value

    /// Registers an observer of the end of the response, which is notified once.
    ///
    /// - Returns: false, with nothing registered, if this channel cannot observe the end.
    func observeResponseEnd(_ observer: any ResponseEndObserver) -> Bool
}

package protocol ResponseEndObserver: AnyObject, Sendable {
    func responseEnded(_ end: ResponseEnd)
}

extension RequestChannel {
    package var isHTTP10: Bool { false }
    package var isSecure: Bool { false }
    package var peerAddress: String? { nil }

    package func claimBody() -> SocketClaim? { nil }

    package func interruptBody() {}

    package func abandon() {}

    package func whileConnected<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await body()
    }

    package func observeResponseEnd(_ observer: any ResponseEndObserver) -> Bool { false }
}

/// A connection of another server, without any of these features.
struct DetachedRequestChannel: RequestChannel {
    var trailers: HTTPFields? { nil }

    func sendInterim(_ status: HTTPResponse.Status, _ fields: HTTPFields) async {}

    func sendFile(_ descriptor: CInt, _ range: Range<UInt64>) async throws -> Bool { false }
}
