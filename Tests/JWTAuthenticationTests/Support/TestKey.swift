import Crypto
import CryptoExtras
import FoundationEssentials
import JWTKit

/// A key of an issuer, with JWTKit as the signer.
struct TestKey: Sendable {
    /// As in the header of tokens.
    let algorithm: String
    let id: String?
    /// The public key as a JWK.
    var members: [String: JSON]
    private let signer: any JWTAlgorithm

    func sign(_ bytes: [UInt8]) throws -> [UInt8] { try signer.sign(bytes) }

    func with(_ changes: [String: JSON]) -> TestKey {
        var key = self
        key.members.merge(changes) { $1 }
        return key
    }

    private init(_ algorithm: String, _ id: String?, _ members: [String: JSON], _ keys: JWTKeyCollection) async throws {
        self.algorithm = algorithm
        self.id = id
        self.members = members
        if let id { self.members["kid"] = .string(id) }
        signer = try await keys.getKey()
    }

    // MARK: - Kinds

    static func es256(_ id: String? = "p256") async throws -> TestKey {
        let key = P256.Signing.PrivateKey()
        return try await TestKey(
            "ES256", id, point("P-256", key.publicKey.rawRepresentation),
            JWTKeyCollection().add(ecdsa: try ES256PrivateKey(backing: key)))
    }

    static func es384(_ id: String? = "p384") async throws -> TestKey {
        let key = P384.Signing.PrivateKey()
        return try await TestKey(
            "ES384", id, point("P-384", key.publicKey.rawRepresentation),
            JWTKeyCollection().add(ecdsa: try ES384PrivateKey(backing: key)))
    }

    static func es512(_ id: String? = "p521") async throws -> TestKey {
        let key = P521.Signing.PrivateKey()
        return try await TestKey(
            "ES512", id, point("P-521", key.publicKey.rawRepresentation),
            JWTKeyCollection().add(ecdsa: try ES512PrivateKey(backing: key)))
    }

    static func ed25519(_ id: String? = "ed") async throws -> TestKey {
        let key = Curve25519.Signing.PrivateKey()
        return try await TestKey(
            "EdDSA", id,
            ["kty": "OKP", "crv": "Ed25519", "x": .string(base64URL(key.publicKey.rawRepresentation))],
            JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: key)))
    }

    /// - Parameter algorithm: `RS256`, `PS384`, …
    static func rsa(_ algorithm: String = "RS256", _ id: String? = "rsa") async throws -> TestKey {
        let primitives = try rsaKey.publicKey.getKeyPrimitives()
        let keys = JWTKeyCollection()
        let digest: DigestAlgorithm =
            algorithm.hasSuffix("256") ? .sha256 : algorithm.hasSuffix("384") ? .sha384 : .sha512
        if algorithm.hasPrefix("PS") {
            await keys.add(pss: rsaKey, digestAlgorithm: digest)
        } else {
            await keys.add(rsa: rsaKey, digestAlgorithm: digest)
        }
        return try await TestKey(algorithm, id, rsaMembers(modulus: Array(primitives.modulus)), keys)
    }

    /// Generated once: that takes a while.
    private static let rsaKey = {
        // Only a machine without memory cannot.
        guard let key = try? Insecure.RSA.PrivateKey(backing: _RSA.Signing.PrivateKey(keySize: .bits2048)) else {
            preconditionFailure("no RSA key")
        }
        return key
    }()

    static func rsaMembers(modulus: [UInt8]) -> [String: JSON] {
        ["kty": "RSA", "n": .string(base64URL(modulus)), "e": "AQAB"]
    }

    /// A signer by HMAC, for tokens that must be refused.
    static func hs256(_ id: String?, secret: [UInt8]) async throws -> TestKey {
        try await TestKey(
            "HS256", id, ["kty": "oct", "k": .string(base64URL(secret))],
            JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256))
    }

    private static func point(_ curve: String, _ raw: Data) -> [String: JSON] {
        let half = raw.count / 2
        return [
            "kty": "EC", "crv": .string(curve), "x": .string(base64URL(raw.prefix(half))),
            "y": .string(base64URL(raw.suffix(half))),
        ]
    }
}

/// A JWK Set of keys.
func keySetDocument(_ keys: [TestKey]) throws -> [UInt8] {
    try JSON.object(["keys": .array(keys.map { .object($0.members) })]).bytes
}
