public import HTTPTypes
import UploadCore

/// Takes everybody for one principal, `local`, who is an operator too: for a server that only its own machine can reach.
public struct LocalAuthenticator: Authenticator {
    /// Whom everybody is taken for.
    public static let caller = Caller(principal: Principal("local"), isOperator: true)

    public init() {}

    public func caller(of request: HTTPRequest) -> Caller? { Self.caller }
}
