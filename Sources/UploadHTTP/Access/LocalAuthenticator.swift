public import HTTPTypes
import UploadCore

/// Authenticates every request as the principal `local`, an operator: for a server that only its own machine can reach.
public struct LocalAuthenticator: Authenticator {
    /// The caller of every request.
    public static let caller = Caller(principal: Principal("local"), isOperator: true)

    public init() {}

    public func caller(of request: HTTPRequest) -> Caller? { Self.caller }
}
