import UploadHTTP

/// Why a token is refused, as a sentence for its sender. No part of the token is in it: it may be somebody else's.
struct TokenProblem: Error, Hashable, Sendable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    static let tooLong = TokenProblem("The token has more than \(JWTConfiguration.tokenBytesMax) bytes.")
    static let notSigned = TokenProblem("The token is not a signed JWT: three parts in Base64url, joined by dots.")
    static let malformedHeader = TokenProblem("The token’s header is malformed.")
    static let criticalHeader = TokenProblem(
        "The token’s header requires extensions that the server does not have (crit).")
    static let wrongType = TokenProblem("The token’s type (typ) is neither JWT nor at+jwt.")
    static let wrongAlgorithm = TokenProblem(
        "The token’s algorithm (alg) is not accepted; these are: "
            + SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", ") + ".")
    static let unknownKey = TokenProblem("The token names a key (kid) that its issuer does not publish.")
    static let keyNotNamed = TokenProblem("The token does not name its key (kid), and its issuer has many.")
    static let algorithmDoesNotFitKey = TokenProblem("The token’s algorithm (alg) is not one of its key.")
    static let wrongSignature = TokenProblem("The token’s signature is wrong.")
    static let malformedClaims = TokenProblem("The token’s claims are malformed.")
}

/// The result of `body`, whose problem with a token is the reason of a refusal.
func refusing<Value>(
    _ body: () throws(TokenProblem) -> Value
) throws(AuthenticationFailure) -> Value {
    do throws(TokenProblem) {
        return try body()
    } catch {
        throw .invalidToken(reason: error.reason)
    }
}
