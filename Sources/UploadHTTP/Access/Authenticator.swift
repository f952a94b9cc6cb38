public import HTTPTypes
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

/// Authenticates requests. The result must depend on the request's header alone, and its timing must not reveal how
/// much of a guessed secret is right. Called at most once per request, before the body is read.
///
///     struct TrustingAuthenticator: Authenticator {
///         func caller(of request: HTTPRequest) -> Caller? {
///             request.headerFields[.from].map { Caller(principal: Principal($0)) }
///         }
///     }
public protocol Authenticator: Sendable {
    /// - Returns: nil for missing or wrong credentials; the response is 401.
    func caller(of request: HTTPRequest) async -> Caller?
}
