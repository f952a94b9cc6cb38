/// The public part of a JSON Web Key (RFC 7517, section 4; RFC 7518, section 6; RFC 8037, section 2). Private members of the
/// document are not read.
struct JSONWebKey: Decodable, Hashable, Sendable {
    let type: String
    let use: String?
    let operations: [String]?
    let algorithm: String?
    let id: String?
    /// Of an RSA key, in Base64url.
    let modulus: String?
    let exponent: String?
    /// Of a key on a curve, in Base64url.
    let curve: String?
    let x: String?
    let y: String?

    enum CodingKeys: String, CodingKey {
        case type = "kty"
        case use
        case operations = "key_ops"
        case algorithm = "alg"
        case id = "kid"
        case modulus = "n"
        case exponent = "e"
        case curve = "crv"
        case x
        case y
    }

    /// The algorithms of signatures that the key verifies: those of its type, or the one that it names.
    func algorithms() throws(UnusableKey) -> [SignatureAlgorithm] {
        guard use == nil || use == "sig" else { throw UnusableKey("it is not for signatures (use)") }
        guard operations?.contains("verify") ?? true else {
            throw UnusableKey("it is not for verifying signatures (key_ops)")
        }
        let permitted = SignatureAlgorithm.permitted(type: type, curve: curve)
        guard !permitted.isEmpty else { throw UnusableKey("its type or its curve is not supported (kty, crv)") }
        guard let algorithm else { return permitted }
        let named = permitted.filter { $0.rawValue == algorithm }
        guard !named.isEmpty else { throw UnusableKey("its algorithm is not a signature of its type (alg)") }
        return named
    }
}

/// Why a key of a set is skipped.
struct UnusableKey: Error, Hashable, Sendable {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
