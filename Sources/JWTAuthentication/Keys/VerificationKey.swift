import JWTKit

/// A public key with a verifier for each of its algorithms.
///
/// A `JWTKeyCollection` that is asked to verify a token takes the algorithm from the token if the key has none, and another
/// key if it does not know the token's. Here each verifier is made for one key and one algorithm; which of them a token may
/// use is decided before (RFC 8725, section 3.1).
struct VerificationKey: Sendable {
    let key: JSONWebKey
    private let verifiers: [SignatureAlgorithm: any JWTAlgorithm]

    init(_ key: JSONWebKey) async throws(UnusableKey) {
        self.key = key
        var verifiers: [SignatureAlgorithm: any JWTAlgorithm] = [:]
        for algorithm in try key.algorithms() {
            verifiers[algorithm] = try await key.verifier(algorithm)
        }
        self.verifiers = verifiers
    }

    func permits(_ algorithm: SignatureAlgorithm) -> Bool { verifiers[algorithm] != nil }

    /// Whether the key has signed a token, with the algorithm that the token states.
    func verifies(_ token: SignedToken) -> Bool {
        guard let verifier = verifiers[token.algorithm] else { return false }
        // Signatures of a wrong length throw.
        return (try? verifier.verify(token.signature, signs: token.signedBytes)) ?? false
    }
}

extension JSONWebKey {
    fileprivate func verifier(_ algorithm: SignatureAlgorithm) async throws(UnusableKey) -> any JWTAlgorithm {
        let keys = JWTKeyCollection()
        do {
            switch algorithm {
            case .rs256: await keys.add(rsa: try rsaKey(), digestAlgorithm: .sha256)
            case .rs384: await keys.add(rsa: try rsaKey(), digestAlgorithm: .sha384)
            case .rs512: await keys.add(rsa: try rsaKey(), digestAlgorithm: .sha512)
            case .ps256: await keys.add(pss: try rsaKey(), digestAlgorithm: .sha256)
            case .ps384: await keys.add(pss: try rsaKey(), digestAlgorithm: .sha384)
            case .ps512: await keys.add(pss: try rsaKey(), digestAlgorithm: .sha512)
            case .es256: await keys.add(ecdsa: try ES256PublicKey(parameters: point()))
            case .es384: await keys.add(ecdsa: try ES384PublicKey(parameters: point()))
            case .es512: await keys.add(ecdsa: try ES512PublicKey(parameters: point()))
            case .edDSA, .ed25519:
                await keys.add(eddsa: try EdDSA.PublicKey(x: required(x), curve: .ed25519))
            }
            return try await keys.getKey()
        } catch let unusable as UnusableKey {
            throw unusable
        } catch {
            throw UnusableKey("it is malformed")
        }
    }

    /// The library refuses keys of less than 2048 bits.
    private func rsaKey() throws(UnusableKey) -> Insecure.RSA.PublicKey {
        let (modulus, exponent) = (try required(modulus), try required(exponent))
        guard let key = try? Insecure.RSA.PublicKey(modulus: modulus, exponent: exponent) else {
            throw UnusableKey("it is malformed or has less than 2048 bits")
        }
        return key
    }

    private func point() throws(UnusableKey) -> ECDSAParameters { (try required(x), try required(y)) }

    private func required(_ member: String?) throws(UnusableKey) -> String {
        guard let member else { throw UnusableKey("it is incomplete") }
        return member
    }
}
