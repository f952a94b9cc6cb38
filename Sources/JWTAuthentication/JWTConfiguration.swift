/// Which JWTs are accepted, and whom they authenticate.
public struct JWTConfiguration: Hashable, Sendable {
    /// Longer tokens are refused unread. `HTTPLimits.headerFieldBytesMax` has room for them.
    public static let tokenBytesMax = 8 << 10
    /// By how much the clocks of the server and the issuer may differ, for `exp`, `nbf` and `iat` (RFC 7519, section 4.1.4).
    public static let leewaySeconds = 60.0

    /// Equals `iss`.
    public var issuer: String
    /// One of them is in `aud`.
    public var audiences: [String]
    /// The claim with the principal: a name, or a path of names with dots. Its values must never be reassigned, since a
    /// principal owns its capsules: `sub` is stable, mail addresses and user names may be given to another person.
    public var principalClaim = "sub"
    /// The claim with the roles, an array of strings or one string with spaces: a name, or a path of names with dots, such as
    /// `realm_access.roles`.
    public var rolesClaim = "roles"
    /// The role of operators; nil for none.
    public var operatorRole: String?
    /// The role of all other callers; nil admits every token of the issuer for the audience.
    public var userRole: String?

    public init(issuer: String, audiences: [String]) {
        self.issuer = issuer
        self.audiences = audiences
    }
}
