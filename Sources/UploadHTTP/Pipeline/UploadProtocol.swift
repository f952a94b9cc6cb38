package import HTTPTypes
package import HTTPWire
package import HummingbirdCore
package import UploadCore
package import UploadTransfer

/// A protocol over HTTP as a value: its routes and endpoints, its authentication, and the form of its responses and
/// errors.
///
/// `RequestPipeline` does the rest in the same way for all protocols: metrics, logs, tracing, request ids, access,
/// CORS. A new protocol is a folder with one implementation, which `UploadProtocols` mounts beside the others.
package protocol UploadProtocol: Sendable {
    /// The name in `GET /v1/upload-config`; nil for routes that receive no uploads.
    var uploadName: String? { get }
    /// The routes. Of those of all protocols no two share a path and a method, unless they choose their requests.
    var routes: [Route] { get }
    /// The operations of all endpoints, as labels of metrics.
    var operations: [String] { get }
    /// Codes of failures in addition to those of the engine and of HTTP, as labels of metrics.
    var failureCodes: [String] { get }
    /// nil for the same origin only.
    var crossOrigin: CrossOriginAccess? { get }
    /// What the protocol says of the server as a whole: the fields of the response to `OPTIONS *`.
    var serverOptions: HTTPFields { get }

    /// Authenticates a request to an endpoint that is not open to everybody; with `authenticate` by default.
    ///
    /// - Returns: nil for missing or wrong credentials.
    func caller(of request: HTTPRequest, _ authenticate: CallerSource) async throws -> Caller?

    /// Overrides single entries of the common table (`ErrorStatus`) for an error of the engine.
    func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint)

    /// The failure of a request that contradicts the length of its upload, or that another one has stopped.
    func failure(for error: TransferError) -> RequestFailure

    /// The response to a failed request.
    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response

    /// Adds the header fields that all responses of the protocol have.
    ///
    /// - Parameter request: The request with its original method.
    func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint)
}

/// Authenticates the current request as the server or the embedding application does. Returns nil for missing or wrong
/// credentials.
package typealias CallerSource = @Sendable () async throws -> Caller?

extension UploadProtocol {
    package var uploadName: String? { nil }
    package var failureCodes: [String] { [] }
    package var crossOrigin: CrossOriginAccess? { nil }
    package var serverOptions: HTTPFields { [:] }

    package func caller(of request: HTTPRequest, _ authenticate: CallerSource) async throws -> Caller? {
        try await authenticate()
    }

    package func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint) {}

    package func failure(for error: TransferError) -> RequestFailure {
        switch error {
        case .exceedsLength(let length): .contentTooLarge(maximum: length)
        case .contradictsLength: RequestFailure(UploadError(.invalidArgument("length", "contradicts the known length")))
        case .stopped(let reason): RequestFailure(reason)
        }
    }

    package func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint) {}
}

/// A path, its methods, and the endpoint of their requests.
package struct Route: Sendable {
    /// With parameters in braces: `/v1/uploads/{upload}`.
    package let path: String
    package let methods: [HTTPRequest.Method]
    /// Whether all methods are routed, and the endpoint itself refuses some of them.
    package let takesAnyMethod: Bool
    /// Which requests the route takes; nil: all. Routes that choose come before the one of their path and method that takes the rest.
    package let takes: (@Sendable (HTTPRequest) -> Bool)?
    package let endpoint: @Sendable (HTTPRequest) -> Endpoint

    /// A route of one method and one endpoint.
    package init(_ method: HTTPRequest.Method, _ path: String, _ endpoint: Endpoint) {
        self.path = path
        methods = [method]
        takesAnyMethod = false
        takes = nil
        self.endpoint = { _ in endpoint }
    }

    /// A route of some requests to a path that may be another protocol's, too.
    package init(
        _ methods: [HTTPRequest.Method], _ path: String, takes: @escaping @Sendable (HTTPRequest) -> Bool,
        endpoint: @escaping @Sendable (HTTPRequest) -> Endpoint
    ) {
        self.path = path
        self.methods = methods
        takesAnyMethod = false
        self.takes = takes
        self.endpoint = endpoint
    }

    /// A route whose endpoint depends on more than the method.
    package init(_ path: String, endpoint: @escaping @Sendable (HTTPRequest) -> Endpoint) {
        self.path = path
        methods = [.get, .head, .post, .put, .patch, .delete, .options]
        takesAnyMethod = true
        takes = nil
        self.endpoint = endpoint
    }
}

/// An operation of a protocol, and the access that it requires.
package struct Endpoint: Sendable {
    package enum Access: Sendable {
        /// Everybody, without authentication.
        case anyone
        /// Everybody; the caller is known if its credentials are right.
        case anyoneKnown
        /// Authenticated callers; the engine decides what they may do. For the bearers of upload links it does not exist.
        case caller
        /// As `caller`, and the bearers of upload links.
        case uploader
        case operatorOnly
    }

    /// The label of metrics and the name of the span; nil for requests without an operation.
    package let operation: String?
    /// The method that replaces the request's own, if any.
    package let method: HTTPRequest.Method?
    package let access: Access
    /// Whether the response has stored bytes, which may have an origin of their own.
    package let isDownload: Bool
    /// Whether the path may end in a slash, too.
    package let permitsTrailingSlash: Bool
    /// Whether content with the coding gzip is taken, as it is.
    package let takesGzip: Bool
    package let respond: @Sendable (AuthenticatedRequest) async throws -> Response

    package init(
        _ operation: String?, method: HTTPRequest.Method? = nil, access: Access = .caller, isDownload: Bool = false,
        permitsTrailingSlash: Bool = false, takesGzip: Bool = false,
        respond: @escaping @Sendable (AuthenticatedRequest) async throws -> Response
    ) {
        self.operation = operation
        self.method = method
        self.access = access
        self.isDownload = isDownload
        self.permitsTrailingSlash = permitsTrailingSlash
        self.takesGzip = takesGzip
        self.respond = respond
    }

    /// Refuses every request.
    package init(refusing failure: RequestFailure) {
        self.init(nil, access: .anyone) { _ in throw failure }
    }
}
