public import HTTPTypes

/// What HTTP itself has to refuse.
extension Problem {
    /// 401 with the challenge of RFC 6750, section 3.
    public static var unauthenticated: Problem {
        Problem(
            .unauthorized, "unauthenticated", "Who calls is not known.",
            "Send a valid token: “Authorization: Bearer TOKEN”.", fields: [.wwwAuthenticate: "Bearer realm=\"wharf\""])
    }

    /// 403 for what only an operator may do. Its path is public, so there is nothing to hide behind a 404.
    public static var forbiddenForOperators: Problem {
        Problem(.forbidden, "forbidden", "Only an operator may do this.", "Use a token of the operator role.")
    }

    /// 404 for a path that no route has.
    public static var notFound: Problem {
        Problem(
            .notFound, "not_found", "There is nothing at this path.", "Check the path; /openapi.json lists all of them."
        )
    }

    /// 405 with the methods that the path has (RFC 9110, section 10.2.1).
    public static func methodNotAllowed(allow methods: [HTTPRequest.Method]) -> Problem {
        let allowed = methods.map(\.rawValue).joined(separator: ", ")
        return Problem(
            .methodNotAllowed, "method_not_allowed", "This path does not know the method.",
            "Use one of: \(allowed).", fields: [.allow: allowed])
    }

    /// 400 for what is not HTTP, or for a body that is not framed as its header says.
    public static var malformedRequest: Problem {
        Problem(
            .badRequest, "malformed_request", "The request is not well-formed HTTP.",
            "Correct the client, or what stands between it and the server.")
    }

    public static var requestTimeout: Problem {
        Problem(
            .requestTimeout, "request_timeout", "The request came too slowly.",
            "Try again; bytes that a status reports as received need not be sent again.")
    }

    /// 412 (RFC 9110, section 15.5.13).
    public static var preconditionFailed: Problem {
        Problem(
            .preconditionFailed, "precondition_failed", "A condition of the request does not hold.",
            "Read the blob's current ETag and decide anew.")
    }

    /// 416 (RFC 9110, section 15.5.17).
    ///
    /// - Parameter size: Bytes of the whole.
    public static func rangeNotSatisfiable(size: UInt64) -> Problem {
        var problem = Problem(
            .rangeNotSatisfiable, "range_not_satisfiable", "No byte of the range exists.",
            "The whole has \(size) bytes.", fields: [.contentRange: ContentRange.unsatisfiable(size: size)])
        problem.document.maximum = size
        return problem
    }

    /// 413 for a document or another body that has a limit of its own.
    public static func contentTooLarge(maximum: UInt64) -> Problem {
        var problem = Problem(
            .contentTooLarge, "too_large", "The body has more than \(maximum) bytes.",
            "Stay within the limit given here.")
        problem.document.maximum = maximum
        return problem
    }

    public static var headerTooLarge: Problem {
        Problem(
            .requestHeaderFieldsTooLarge, "header_too_large", "The header is too large.",
            "Send fewer or shorter header fields.")
    }

    /// 500 that shows nothing but an id.
    ///
    /// - Parameter incident: The id under which the log has what happened.
    public static func internalError(incident: String) -> Problem {
        var problem = Problem(
            .internalServerError, "internal", "The server failed.",
            "Try again; if it goes on, tell the operator the incident “\(incident)”.")
        problem.document.incident = incident
        return problem
    }
}
