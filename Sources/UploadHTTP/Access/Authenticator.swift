public import HTTPTypes
import Synchronization
public import UploadCore

/// The authenticated sender of a request.
public struct Caller: Hashable, Sendable {
    public let principal: Principal
    /// Whether the caller may list and sweep all sessions and read the metrics. Gives no access to capsules.
    public let isOperator: Bool

    public init(principal: Principal, isOperator: Bool = false) {
        self.principal = principal
        self.isOperator = isOperator
    }
}

/// Authenticates requests. The result must depend on the request's header alone, and neither its timing nor a reason may
/// reveal how much of a guessed secret is right. Called at most once per request, before the body is read.
///
///     struct TrustingAuthenticator: Authenticator {
///         func caller(of request: HTTPRequest) -> Caller? {
///             request.headerFields[.from].map { Caller(principal: Principal($0)) }
///         }
///     }
public protocol Authenticator: Sendable {
    /// - Returns: nil for missing or unknown credentials; the response is 401.
    /// - Throws: `AuthenticationFailure` for credentials that are refused for a reason which their sender may know.
    func caller(of request: HTTPRequest) async throws(AuthenticationFailure) -> Caller?

    /// Whether requests without credentials are authenticated, as those of any page in a browser that reaches the server
    /// are. `UploadServer` then answers only for hosts that are its own (`SiteConfiguration.HostPolicy`).
    var admitsEverybody: Bool { get }
}

extension Authenticator {
    public var admitsEverybody: Bool { false }
}

/// Authenticates every request as the principal `local`, an operator: for a server that only its own machine can reach.
public struct LocalAuthenticator: Authenticator {
    /// The caller of every request.
    public static let caller = Caller(principal: Principal("local"), isOperator: true)

    public init() {}

    public func caller(of request: HTTPRequest) -> Caller? { Self.caller }

    public var admitsEverybody: Bool { true }
}

/// Authenticates by bearer tokens (RFC 6750, section 2.1) whose hashes are in a table.
///
/// A token is looked up by its SHA-256, so the timing depends on the hash of the guess and reveals nothing about any
/// token.
public final class TokenAuthenticator: Authenticator {
    /// Longer than any token that is issued; longer ones are refused without hashing.
    static let tokenBytesMax = 1024

    private let callers: Mutex<[Digest: Caller]>

    public init(_ table: TokenTable) {
        callers = Mutex(Self.callers(table))
    }

    /// Replaces the table. Requests in progress keep their callers.
    public func replace(with table: TokenTable) {
        let new = Self.callers(table)
        callers.withLock { $0 = new }
    }

    private static func callers(_ table: TokenTable) -> [Digest: Caller] {
        Dictionary(
            uniqueKeysWithValues: table.entries.map { entry in
                (entry.digest, Caller(principal: entry.principal, isOperator: entry.isOperator))
            })
    }

    public func caller(of request: HTTPRequest) -> Caller? {
        guard let token = BearerToken(request), token.byteCount <= Self.tokenBytesMax else { return nil }
        let digest = Digest(of: Array(token.text.utf8))
        return callers.withLock { $0[digest] }
    }
}
