public import HTTPTypes
public import NIOCore

/// Sends one request and returns the answer, whatever its status.
///
/// Laws: nothing is repeated and no redirect is followed; a body given as a stream is asked for its pieces only as fast as
/// they can be sent; every wait ends, by itself or by cancellation.
public protocol UploadTransport: Sendable {
    /// - Throws: `TransportError` if no whole answer came, in which case the server may or may not have done what was
    ///   asked; `CancellationError`; whatever the stream of the request's body throws. The stream of the answer's body
    ///   throws the same.
    func send(_ request: TransportRequest) async throws -> TransportResponse
}

/// A request to the server that the transport was made for.
public struct TransportRequest: Sendable {
    public var method: HTTPRequest.Method
    /// Percent-encoded, from the slash on, with the query.
    public var path: String
    public var fields: HTTPFields
    public var body: Body

    public init(_ method: HTTPRequest.Method, _ path: String, fields: HTTPFields = [:], body: Body = .none) {
        self.method = method
        self.path = path
        self.fields = fields
        self.body = body
    }

    public typealias Pieces = any AsyncSequence<ByteBuffer, any Error> & Sendable

    public enum Body: Sendable {
        case none
        case bytes(ByteBuffer)
        /// Exactly `length` bytes in pieces. Iterated at most once.
        case stream(Pieces, length: UInt64)
    }
}

public struct TransportResponse: Sendable {
    public var status: HTTPResponse.Status
    public var fields: HTTPFields
    /// Comes with back-pressure. Iterated at most once.
    public var body: TransportRequest.Pieces

    public init(status: HTTPResponse.Status, fields: HTTPFields, body: TransportRequest.Pieces) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// No whole answer came: the connection could not be made, broke, or was silent for too long.
public struct TransportError: Error, Hashable, Sendable {
    public let reason: String

    public init(reason: String) {
        self.reason = reason
    }
}
