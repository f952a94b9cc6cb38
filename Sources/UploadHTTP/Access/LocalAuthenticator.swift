public import HTTPTypes
import UploadCore

/// Authenticates every request as the principal `local`, an operator: for a server that is reachable from its own machine only.
public struct LocalAuthenticator: Authenticator {
    /// The caller of every request.
    public static let caller = Caller(principal: Principal("local"), isOperator: true)

    public init() {}

    public func caller(of request: HTTPRequest) -> Caller? { Self.caller }
}
