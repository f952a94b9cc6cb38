public import HTTPTypes
public import UploadModel

/// A failed request, before its protocol encodes it, for example as a JSON problem or as XML.
///
/// Handlers throw it; the request pipeline converts every other error to one.
public struct RequestFailure: Error, Hashable, Sendable {
    /// A value for programs, under the name that clients see.
    public struct Detail: Hashable, Sendable {
        public let name: String
        public let value: UploadError.Value

        package init(_ name: String, _ value: UploadError.Value) {
            self.name = name
            self.value = value
        }
    }

    public var status: HTTPResponse.Status
    /// Stable, for programs.
    public let code: String
    /// What failed, with the values that matter.
    public let title: String
    /// What the client can do.
    public let advice: String
    /// Header fields that belong to the status: `Retry-After`, `WWW-Authenticate`, `Allow`, `Content-Range`.
    public var fields: HTTPFields
    public var details: [Detail]
    /// The request id under which the log has the cause; internal errors only.
    public var incident: String?

    package init(
        _ status: HTTPResponse.Status, _ code: String, _ title: String, _ advice: String, fields: HTTPFields = [:],
        details: [Detail] = []
    ) {
        self.status = status
        self.code = code
        self.title = title
        self.advice = advice
        self.fields = fields
        self.details = details
    }

    /// An error of the engine with its status from `ErrorStatus`, without the details that only the log may show.
    public init(_ error: UploadError) {
        let answer = ErrorStatus(error.code)
        self.init(
            answer.status, error.code.rawValue, error.message, error.advice,
            details: error.fields.map { Detail($0.name, $0.value) })
        retryAfterSeconds = answer.retryAfterSeconds
    }

    /// `Retry-After`.
    public var retryAfterSeconds: Int? {
        get { fields[.retryAfter].flatMap { Int($0) } }
        set { fields[.retryAfter] = newValue.map { String($0) } }
    }
}

// MARK: - Failures of HTTP itself

extension RequestFailure {
    /// Codes in addition to those of the engine, as labels of metrics.
    public static let codes = [
        "unauthenticated", "method_not_allowed", "malformed_request", "request_timeout", "shutting_down",
        "precondition_failed", "range_not_satisfiable", "unsupported_media_type", "header_too_large", "internal",
        "misdirected", "cross_origin", "unsupported_transfer_coding",
    ]

    /// 401 with the challenge of RFC 6750, section 3.
    public static let unauthenticated = RequestFailure(
        .unauthorized, "unauthenticated", "Authentication required.",
        "Send a valid token: “Authorization: Bearer TOKEN”.", fields: [.wwwAuthenticate: "Bearer realm=\"wharf\""])

    /// 403 for operations of operators. Their paths are public, so a 404 would hide nothing.
    public static let operatorsOnly = RequestFailure(
        .forbidden, "forbidden", "Operator role required.", "Use a token of the operator role.")

    /// 404 for a path without a route.
    public static let notFound = RequestFailure(
        .notFound, "not_found", "No resource at this path.",
        "Check the path, which has no slash at its end and no empty segment; /openapi.json lists all of them.")

    /// 405 with the methods of the path (RFC 9110, section 10.2.1).
    public static func methodNotAllowed(allow methods: [HTTPRequest.Method]) -> RequestFailure {
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        return RequestFailure(
            .methodNotAllowed, "method_not_allowed", "Method not allowed.", "Use one of: \(allowed).",
            fields: [.allow: allowed])
    }

    /// 400 for malformed requests, and for bodies that contradict their framing.
    public static let malformedRequest = RequestFailure(
        .badRequest, "malformed_request", "The request is not well-formed HTTP.",
        "Correct the client, or the proxy in front of the server.")

    /// 400 for an invalid host in `Host` or in the request target.
    static let malformedHost = RequestFailure(
        .badRequest, "malformed_request",
        "The request’s host is not a host name or an address, with or without a port.",
        "Correct the client, or the proxy in front of the server.")

    /// 421 for a host for which the server does not answer (RFC 9110, section 15.5.20).
    static func misdirected(_ authority: Authority) -> RequestFailure {
        RequestFailure(
            .misdirectedRequest, "misdirected", "This server does not answer for the host “\(authority.host)”.",
            "Use localhost or the address that the server listens on. An operator can add hosts with the setting "
                + "allowed-hosts.")
    }

    /// 421 for anything but stored bytes at the origin that has nothing else.
    package static let contentOnly = RequestFailure(
        .misdirectedRequest, "misdirected", "This origin serves stored content only.", "Use the server’s own origin.")

    /// 403 for a request that a page of another origin sent, and that may change something.
    static let crossOrigin = RequestFailure(
        .forbidden, "cross_origin", "A page of another origin sent this request.",
        "Use the server’s own page or another client. An operator can admit origins to uploads over tus with the "
            + "setting cors-origins, and name the server’s own origin behind a proxy with public-origin.")

    /// 415 for a document that is not declared as JSON.
    package static let jsonRequired = RequestFailure(
        .unsupportedMediaType, "unsupported_media_type", "The Content-Type is not JSON.",
        "Send it with “Content-Type: application/json”; curl does with --json instead of -d.")

    /// 415 for a batch that is no form.
    package static let formRequired = RequestFailure(
        .unsupportedMediaType, "unsupported_media_type", "The Content-Type is not multipart/form-data.",
        "Send the files as parts of a form; curl does with -F file=@a.jpg -F file=@b.jpg.")

    /// 415 for content with a coding (RFC 9110, section 15.5.16).
    package static let contentCodingUnsupported = RequestFailure(
        .unsupportedMediaType, "unsupported_media_type",
        "The content has a coding that the server does not understand.",
        "Send the bytes as they are, without Content-Encoding.", fields: [.acceptEncoding: "identity"])

    /// 501 for a transfer coding other than `chunked` (RFC 9112, section 6.1).
    package static let transferCodingUnsupported = RequestFailure(
        .notImplemented, "unsupported_transfer_coding", "The body has a transfer coding other than chunked.",
        "Send it with Content-Length, or with “Transfer-Encoding: chunked” alone.")

    /// 408 for a client that stalls.
    public static let requestTimeout = RequestFailure(
        .requestTimeout, "request_timeout", "The request timed out.",
        "Try again; bytes that a status reports as received need not be sent again.")

    /// 503 with `Retry-After`, for a body that a server stops receiving because it shuts down.
    public static let shuttingDown: RequestFailure = {
        var failure = RequestFailure(
            .serviceUnavailable, "shutting_down", "The server is shutting down.",
            "Go on in a moment; bytes that a status reports as received need not be sent again.")
        failure.retryAfterSeconds = 2
        return failure
    }()

    /// 412 (RFC 9110, section 15.5.13).
    public static let preconditionFailed = RequestFailure(
        .preconditionFailed, "precondition_failed", "A precondition of the request failed.",
        "Fetch the current ETag and repeat the request with it.")

    /// 416 (RFC 9110, section 15.5.17).
    ///
    /// - Parameter size: Bytes of the representation.
    public static func rangeNotSatisfiable(size: UInt64) -> RequestFailure {
        RequestFailure(
            .rangeNotSatisfiable, "range_not_satisfiable", "The range is outside of the content.",
            "The content has \(size) bytes.", fields: [.contentRange: "bytes */\(size)"],
            details: [Detail("maximum", .number(size))])
    }

    /// 413 for a body above the given limit.
    public static func contentTooLarge(maximum: UInt64) -> RequestFailure {
        RequestFailure(
            .contentTooLarge, "too_large", "The body has more than \(maximum) bytes.",
            "Stay within the limit given here.", details: [Detail("maximum", .number(maximum))])
    }

    /// 431.
    public static let headerTooLarge = RequestFailure(
        .requestHeaderFieldsTooLarge, "header_too_large", "The header is too large.",
        "Send fewer or shorter header fields.")

    /// 500, without any detail but an id.
    ///
    /// - Parameter incident: The request id under which the log has the cause.
    public static func internalError(incident: String) -> RequestFailure {
        var failure = RequestFailure(
            .internalServerError, "internal", "Internal server error.",
            "Try again; if the error persists, report the incident “\(incident)” to the operator.")
        failure.incident = incident
        return failure
    }
}
