public import HTTPTypes
public import SessionCore
public import UploadHTTP

/// Authenticates by JWTs (RFC 7519) that an identity provider signs, as bearer tokens (RFC 6750, section 2.1).
///
///     let keys = StoredKeys(try await KeySet(parsing: document))
///     let configuration = JWTConfiguration(issuer: "https://id.example.org", audiences: ["wharf"])
///     let authenticator = JWTAuthenticator(configuration, keys: keys) { SystemClock().now() }
///
/// A token is accepted if a key of the issuer signed it with an algorithm of that key, if `iss` and `aud` are those of the
/// configuration, and if `exp`, which is required, `nbf` and `iat` permit it now. A session at the provider that ends, or a
/// role that is taken away, counts once the token has expired.
public struct JWTAuthenticator: Authenticator {
    private static let retryAfterSeconds = 10

    private let check: ClaimCheck
    private let keys: any KeySource
    private let now: @Sendable () -> Timestamp

    public init(_ configuration: JWTConfiguration, keys: any KeySource, now: @escaping @Sendable () -> Timestamp) {
        check = ClaimCheck(configuration: configuration)
        self.keys = keys
        self.now = now
    }

    public func caller(of request: HTTPRequest) async throws(AuthenticationFailure) -> Caller? {
        guard let bearer = BearerToken(request) else { return nil }
        let token = try refusing { () throws(TokenProblem) in try SignedToken(bearer.text) }
        switch try await verdict(on: token) {
        case .genuine: break
        case .unknownKey: throw .invalidToken(reason: TokenProblem.unknownKey.reason)
        case .refused(let problem): throw .invalidToken(reason: problem.reason)
        }
        let claims = try refusing { () throws(TokenProblem) in try Claims(token.payload) }
        return try check.caller(claims, now: now())
    }

    /// The verdict of the keys in use, or of newer ones if the token's is unknown.
    private func verdict(on token: SignedToken) async throws(AuthenticationFailure) -> KeySet.Verdict {
        if let verdict = keys.keys?.verdict(on: token), verdict != .unknownKey { return verdict }
        guard let newer = await keys.refreshed() else {
            throw .unavailable(
                reason: "The keys of the token’s issuer are not available.", retryAfterSeconds: Self.retryAfterSeconds)
        }
        return newer.verdict(on: token)
    }
}
