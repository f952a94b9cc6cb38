/// The signature algorithms of tokens (RFC 7518, section 3.1; RFC 8037, section 3.1; RFC 9864, section 2.2). There is no
/// `none` and no HMAC: the keys of an issuer are public, and as HMAC keys they would sign (RFC 8725, section 2.1).
enum SignatureAlgorithm: String, CaseIterable, Sendable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"
    case ed25519 = "Ed25519"

    /// The algorithms that the type of a key permits.
    ///
    /// - Parameters:
    ///   - type: `kty` of RFC 7517, section 4.1.
    ///   - curve: `crv`; ignored for RSA.
    /// - Returns: Empty for a type or a curve that is not supported.
    static func permitted(type: String, curve: String?) -> [SignatureAlgorithm] {
        switch (type, curve) {
        case ("RSA", _): [.rs256, .rs384, .rs512, .ps256, .ps384, .ps512]
        case ("EC", "P-256"): [.es256]
        case ("EC", "P-384"): [.es384]
        case ("EC", "P-521"): [.es512]
        case ("OKP", "Ed25519"): [.edDSA, .ed25519]
        default: []
        }
    }
}
