import HTTPTypes
import HTTPWire

/// Why a request with credentials is refused. The reasons are sentences that the sender of the request reads: they
/// contain no part of the credentials.
public enum AuthenticationFailure: Error, Hashable, Sendable {
    /// The token is malformed, expired or not genuine: 401 with `error="invalid_token"` (RFC 6750, section 3.1).
    case invalidToken(reason: String)
    /// The token is genuine and its holder may not use the server: 403 with `error="insufficient_scope"`.
    case insufficientRole(reason: String)
    /// The token cannot be verified now: 503.
    case unavailable(reason: String, retryAfterSeconds: Int)
}

extension RequestFailure {
    init(_ failure: AuthenticationFailure) {
        switch failure {
        case .invalidToken(let reason):
            self.init(
                .unauthorized, Self.unauthenticated.code, reason, "Get a new token from its issuer.",
                fields: [.wwwAuthenticate: Self.challenge("invalid_token", reason)])
        case .insufficientRole(let reason):
            self.init(
                .forbidden, Self.operatorsOnly.code, reason, "Ask the issuer of the token for the role.",
                fields: [.wwwAuthenticate: Self.challenge("insufficient_scope", reason)])
        case .unavailable(let reason, let seconds):
            self.init(.serviceUnavailable, "unavailable", reason, "Try again in a moment.")
            retryAfterSeconds = seconds
        }
    }

    /// The challenge of RFC 6750, section 3, which restricts descriptions to ASCII without quotes and backslashes.
    private static func challenge(_ error: String, _ reason: String) -> String {
        let description = String(
            String.UnicodeScalarView(
                reason.unicodeScalars.map { scalar in
                    switch scalar {
                    case "“", "”", "‘", "’", "\"": "'"
                    case " "..."~" where scalar != "\\": scalar
                    default: "?"
                    }
                }))
        return "Bearer realm=\"wharf\", error=\"\(error)\", error_description=\"\(description)\""
    }
}
