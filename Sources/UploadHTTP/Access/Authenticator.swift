public import HTTPTypes
public import UploadCore

/// Who a request comes from.
public struct Caller: Hashable, Sendable {
    public let principal: Principal
    /// May see and sweep everybody's sessions and read the metrics; has no right to anybody's capsules.
    public let isOperator: Bool

    public init(principal: Principal, isOperator: Bool = false) {
        self.principal = principal
        self.isOperator = isOperator
    }
}

/// Tells who sends a request. Laws: the answer depends on the request's header alone, takes no time that depends on how much
/// of a secret was guessed right, and is asked once a request, before its body is read.
public protocol Authenticator: Sendable {
    /// - Returns: nil if the request does not say, or not truthfully: it is answered with 401.
    func caller(of request: HTTPRequest) async -> Caller?
}
