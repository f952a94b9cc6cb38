package import HTTPTypes
package import HTTPWire
package import HummingbirdCore
package import UploadCore
package import UploadTransfer

/// A protocol over HTTP as a value: its endpoints, how it authenticates a request, and how it puts a response and an error.
///
/// Everything else is the pipeline's, and the same for all: metrics, logs, tracing, the request id, access, CORS. A new protocol is
/// a folder with one of these; `UploadProtocols` mounts it beside the others.
package protocol UploadProtocol: Sendable {
    /// The routes, with no path and method in two of them.
    var routes: [Route] { get }
    /// The operations of all endpoints: labels of metrics.
    var operations: [String] { get }
    /// Codes of failures beside those of the engine and of HTTP: labels of metrics.
    var failureCodes: [String] { get }
    /// nil for the same origin only.
    var crossOrigin: CrossOriginAccess? { get }

    /// The caller of a request that is not open to everybody; by default whom the server's authenticator says.
    ///
    /// - Returns: nil if the request has no or wrong credentials.
    func caller(of request: HTTPRequest, _ authenticate: CallerSource) async throws -> Caller?

    /// Overrides single entries of the common table (`ErrorStatus`) for an error of the engine.
    func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint)

    func failure(for error: TransferError) -> RequestFailure

    /// The response to a failed request.
    func response(to failure: RequestFailure, at endpoint: Endpoint) -> Response

    /// Adds what every response of the protocol has.
    ///
    /// - Parameter request: As it was received.
    func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint)
}

package typealias CallerSource = @Sendable () async throws -> Caller?

extension UploadProtocol {
    package var failureCodes: [String] { [] }
    package var crossOrigin: CrossOriginAccess? { nil }

    package func caller(of request: HTTPRequest, _ authenticate: CallerSource) async throws -> Caller? {
        try await authenticate()
    }

    package func adjust(_ failure: inout RequestFailure, for error: UploadError, at endpoint: Endpoint) {}

    package func failure(for error: TransferError) -> RequestFailure {
        switch error {
        case .exceedsLength(let length): .contentTooLarge(maximum: length)
        case .contradictsLength: RequestFailure(UploadError(.invalidArgument("length", "contradicts the known length")))
        }
    }

    package func complete(_ response: inout Response, to request: HTTPRequest, at endpoint: Endpoint) {}
}

/// Paths and methods, and the endpoint that a request to them means.
package struct Route: Sendable {
    /// With parameters in braces: `/v1/uploads/{upload}`.
    package let path: String
    package let methods: [HTTPRequest.Method]
    /// Whether the endpoint refuses some of the methods itself.
    package let takesAnyMethod: Bool
    package let endpoint: @Sendable (HTTPRequest) -> Endpoint

    /// A route of one method and one endpoint.
    package init(_ method: HTTPRequest.Method, _ path: String, _ endpoint: Endpoint) {
        self.path = path
        methods = [method]
        takesAnyMethod = false
        self.endpoint = { _ in endpoint }
    }

    /// A route whose endpoint depends on more than the method.
    package init(_ path: String, endpoint: @escaping @Sendable (HTTPRequest) -> Endpoint) {
        self.path = path
        methods = [.get, .head, .post, .put, .patch, .delete, .options]
        takesAnyMethod = true
        self.endpoint = endpoint
    }
}

package struct Endpoint: Sendable {
    package enum Access: Sendable {
        /// Open to everybody; nobody is authenticated.
        case anyone
        /// Authenticated callers; the engine decides what they may do.
        case caller
        case operatorOnly
    }

    /// The label of metrics and the name of the span; nil where no operation is meant.
    package let operation: String?
    /// Of the operation, where that is not the request's own.
    package let method: HTTPRequest.Method?
    package let access: Access
    package let respond: @Sendable (AuthenticatedRequest) async throws -> Response

    package init(
        _ operation: String?, method: HTTPRequest.Method? = nil, access: Access = .caller,
        respond: @escaping @Sendable (AuthenticatedRequest) async throws -> Response
    ) {
        self.operation = operation
        self.method = method
        self.access = access
        self.respond = respond
    }

    /// Refuses every request.
    package init(refusing failure: RequestFailure) {
        self.init(nil, access: .anyone) { _ in throw failure }
    }
}
