extension KeySet {
    /// What a set of keys says about a token's signature.
    enum Verdict: Hashable, Sendable {
        case genuine
        /// The token names a key that is not in the set: it may be a newer one.
        case unknownKey
        case refused(TokenProblem)
    }

    /// The key is the one that the token names, or else each that permits the token's algorithm; never one that the token
    /// brings along (`jwk`, `jku`, `x5c`, `x5u`).
    func verdict(on token: SignedToken) -> Verdict {
        var candidates = keys
        if let id = token.keyID {
            candidates = keys.filter { $0.key.id?.hasSameBytes(as: id) ?? false }
            guard !candidates.isEmpty else { return .unknownKey }
        }
        candidates = candidates.filter { $0.permits(token.algorithm) }
        guard !candidates.isEmpty else { return .refused(.algorithmDoesNotFitKey) }
        guard candidates.count <= Self.attemptsMax else { return .refused(.keyNotNamed) }
        return candidates.contains { $0.verifies(token) } ? .genuine : .refused(.wrongSignature)
    }
}

extension String {
    /// Compares as RFC 7519, section 2, requires of StringOrURI: without any normalization.
    func hasSameBytes(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
