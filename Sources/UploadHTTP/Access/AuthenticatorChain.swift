public import HTTPTypes

/// Several ways to authenticate, in turn: the first one that returns a caller or throws decides.
///
/// Their principals share one namespace: an issuer of credentials for one authenticator must not let its users choose
/// principals of another.
public struct AuthenticatorChain: Authenticator {
    private let authenticators: [any Authenticator]

    /// - Parameter authenticators: Those that throw for credentials of another kind come last.
    public init(_ authenticators: [any Authenticator]) {
        self.authenticators = authenticators
    }

    public func caller(of request: HTTPRequest) async throws(AuthenticationFailure) -> Caller? {
        for authenticator in authenticators {
            if let caller = try await authenticator.caller(of: request) { return caller }
        }
        return nil
    }

    public var admitsEverybody: Bool { authenticators.contains { $0.admitsEverybody } }
}
