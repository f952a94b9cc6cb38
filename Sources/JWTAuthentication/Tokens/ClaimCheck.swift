import SessionCore
import UploadCore
import UploadHTTP

/// Decides about the claims of a genuine token (RFC 7519, section 4.1; RFC 9068, section 4).
struct ClaimCheck: Sendable {
    let configuration: JWTConfiguration

    /// - Returns: Whom the token authenticates, until it expires.
    func caller(_ claims: Claims, now: Timestamp) throws(AuthenticationFailure) -> Caller {
        let (principal, roles) = try refusing { () throws(TokenProblem) in
            try requireIssuer(claims)
            try requireTime(claims, now: Double(now.milliseconds) / 1000)
            return (try self.principal(claims), try self.roles(claims))
        }
        func has(_ role: String?) -> Bool { role.map { role in roles.contains { $0.hasSameBytes(as: role) } } ?? false }
        let isOperator = has(configuration.operatorRole)
        guard isOperator || configuration.userRole == nil || has(configuration.userRole) else {
            let needed = [configuration.userRole, configuration.operatorRole].compactMap(\.self)
            throw .insufficientRole(
                reason: "The token lacks the role \(needed.map { "“\($0)”" }.joined(separator: " or ")) "
                    + "in its claim “\(configuration.rolesClaim)”.")
        }
        return Caller(principal: principal, isOperator: isOperator)
    }

    private func requireIssuer(_ claims: Claims) throws(TokenProblem) {
        guard case .string(let issuer) = claims["iss"], issuer.hasSameBytes(as: configuration.issuer) else {
            throw TokenProblem("The token is of another issuer (iss) than this server’s.")
        }
        let audiences = claims["aud"]?.strings ?? []
        let isHere = audiences.contains { audience in
            configuration.audiences.contains { $0.hasSameBytes(as: audience) }
        }
        guard isHere else { throw TokenProblem("The token is for another audience (aud) than this server.") }
    }

    // MARK: - Time

    /// - Parameter now: In seconds since 1970, as NumericDate is (RFC 7519, section 2).
    private func requireTime(_ claims: Claims, now: Double) throws(TokenProblem) {
        let leeway = JWTConfiguration.leewaySeconds
        guard let expiry = try date("exp", claims) else { throw TokenProblem("The token has no expiry (exp).") }
        guard now < expiry + leeway else { throw TokenProblem("The token has expired.") }
        if let start = try date("nbf", claims), start > now + leeway {
            throw TokenProblem("The token is not valid yet (nbf).")
        }
        if let issued = try date("iat", claims), issued > now + leeway {
            throw TokenProblem("The token was issued in the future (iat); compare the clocks of server and issuer.")
        }
    }

    private func date(_ name: String, _ claims: Claims) throws(TokenProblem) -> Double? {
        switch claims[name] {
        case nil: return nil
        case .number(let seconds): return seconds
        default: throw TokenProblem("The token’s claim “\(name)” is not a number.")
        }
    }

    // MARK: - Person

    private func principal(_ claims: Claims) throws(TokenProblem) -> Principal {
        let name = configuration.principalClaim
        guard case .string(let principal) = claims[name] else {
            throw TokenProblem("The token’s claim “\(name)” is missing or not a string.")
        }
        if let problem = TokenTable.problem(withPrincipal: principal) {
            throw TokenProblem("The token \(problem), in its claim “\(name)”.")
        }
        return Principal(principal)
    }

    /// Empty if nothing depends on roles.
    private func roles(_ claims: Claims) throws(TokenProblem) -> [String] {
        guard configuration.operatorRole != nil || configuration.userRole != nil else { return [] }
        let name = configuration.rolesClaim
        switch claims[name] {
        case nil: return []
        // As in `scope` (RFC 8693, section 4.2).
        case .string(let text): return text.split(separator: " ").map(String.init)
        case .some(let value):
            guard let roles = value.strings else {
                throw TokenProblem("The token’s claim “\(name)” is neither a string nor an array of strings.")
            }
            return roles
        }
    }
}
