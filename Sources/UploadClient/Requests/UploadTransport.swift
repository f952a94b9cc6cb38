public import HTTPTypes
import HTTPWire
public import NIOCore

/// Sends one request and returns the response, whatever its status.
///
/// Requirements: no retries, and redirects only as `followsRedirect` says; a streamed body is read only as fast as it can be
/// sent; every call ends, by itself or by cancellation.
public protocol UploadTransport: Sendable {
    /// - Throws: `TransportError` if no complete response arrived (the request may or may not have been processed);
    ///   `CancellationError`; errors of the request's body stream. The response's body stream throws the same.
    func send(_ request: TransportRequest) async throws -> TransportResponse
}

/// A request to the transport's server.
public struct TransportRequest: Sendable {
    public var method: HTTPRequest.Method
    /// Percent-encoded, from the leading slash, including the query.
    public var path: String
    public var fields: HTTPFields
    public var body: Body
    /// Called with the fields of each interim response 104 (draft-ietf-httpbis-resumable-upload, section “Status Code 104”), in
    /// their order. A transport that cannot see interim responses ignores it. With it, the body is sent once the server has
    /// answered in any way, or has had a second for it (RFC 9110, section 10.1.1).
    public var onInterim: (@Sendable (HTTPFields) async -> Void)?

    /// Whether a GET may be answered by another server to which this one redirects it (307): the response is then that server's, to
    /// a request without fields of this one. A transport that ignores it returns the redirect.
    public var followsRedirect = false

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
        /// Exactly `length` bytes; iterated at most once.
        case stream(Pieces, length: UInt64)
    }
}

public struct TransportResponse: Sendable {
    public var status: HTTPResponse.Status
    public var fields: HTTPFields
    /// With back-pressure; iterated at most once.
    public var body: TransportRequest.Pieces
    /// Whether it is that of another server, see `TransportRequest.followsRedirect`.
    public var isRedirected = false

    public init(status: HTTPResponse.Status, fields: HTTPFields, body: TransportRequest.Pieces) {
        self.status = status
        self.fields = fields
        self.body = body
    }
}

/// The address of a Wharf server: `http://HOST[:PORT][/PREFIX]` or `https://…`.
public struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
    /// Without a trailing slash.
    public let base: String

    /// - Throws: `ClientError` `invalid_argument` for another scheme, no host, credentials, a query or a fragment.
    public init(_ text: String) throws(ClientError) {
        func refusal(_ problem: String) -> ClientError {
            ClientError(
                .invalidArgument, "“\(text)” \(problem).", advice: "Use the form http://HOST:PORT or https://HOST.")
        }
        guard let separator = text.firstRange(of: "://"),
            ["http", "https"].contains(text[..<separator.lowerBound].lowercased())
        else { throw refusal("is not an http or https address") }
        let rest = text[separator.upperBound...]
        guard rest.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw refusal("has an invalid character")
        }
        guard !rest.contains(where: { "?#".contains($0) }) else { throw refusal("has a query or a fragment") }
        let host = rest.prefix { $0 != "/" }
        guard !host.contains("@") else { throw refusal("contains credentials; give the token separately") }
        guard !host.isEmpty, !host.hasPrefix(":") else { throw refusal("has no host") }
        let prefix = rest.dropFirst(host.count).split(separator: "/")
        base = text[..<separator.lowerBound].lowercased() + "://" + host.lowercased() + prefix.map { "/" + $0 }.joined()
    }

    public var description: String { base }

    /// nil for a host that is neither a domain name in ASCII nor an address.
    var origin: WebOrigin? { WebOrigin(ofURL: base) }

    /// The path that all paths are below: `/…` without a slash at the end, or empty.
    var prefix: Substring {
        guard let separator = base.firstRange(of: "://") else { return "" }
        return base[separator.upperBound...].drop { $0 != "/" }
    }

    /// The path of a URL of this server, as `TransportRequest` takes it.
    ///
    /// The scheme may differ: a server behind a proxy need not know that it has TLS. Nothing is ever sent to another host.
    ///
    /// - Parameters:
    ///   - reference: Absolute, or relative to `path` (RFC 3986, section 5.2); dot segments are not resolved.
    ///   - path: The path of the request that was answered with it.
    /// - Returns: nil for a URL of another host, or outside of the prefix.
    package func path(of reference: String, at path: String) -> String? {
        var target = Substring(reference).prefix { $0 != "#" }
        guard !target.isEmpty, target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        if target.firstRange(of: "://") != nil {
            guard let theirs = WebOrigin(ofURL: String(target)), let origin, theirs.host == origin.host else {
                return nil
            }
            let rest = target[(target.firstRange(of: "://")?.upperBound ?? target.startIndex)...]
            target = rest.drop { $0 != "/" }
        } else if target.hasPrefix("//") {
            return nil
        } else if !target.hasPrefix("/") {
            let directory = path.prefix { $0 != "?" }.reversed().drop { $0 != "/" }.reversed()
            return String(directory) + target
        }
        guard target.hasPrefix(prefix + "/") else { return nil }
        return String(target.dropFirst(prefix.count))
    }
}
