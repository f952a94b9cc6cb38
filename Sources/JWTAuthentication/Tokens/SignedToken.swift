import FoundationEssentials
import NativeWire

/// A JWT in the compact serialization (RFC 7515, section 3.1) whose header is acceptable. Its signature is not verified.
struct SignedToken: Sendable {
    let algorithm: SignatureAlgorithm
    let keyID: String?
    /// Header and payload as they were sent.
    let signedBytes: [UInt8]
    let signature: [UInt8]
    /// Must not be read before the signature is verified.
    let payload: [UInt8]

    init(_ text: Substring) throws(TokenProblem) {
        guard text.utf8.count <= JWTConfiguration.tokenBytesMax else { throw .tooLong }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]), !signature.isEmpty
        else { throw .notSigned }
        (algorithm, keyID) = try Self.accepted(header)
        signedBytes = Array(text.utf8.dropLast(parts[2].utf8.count + 1))
        self.signature = signature
        self.payload = payload
    }

    private static func accepted(_ bytes: [UInt8]) throws(TokenProblem) -> (SignatureAlgorithm, keyID: String?) {
        guard NativeJSON.isUnambiguousObject(bytes),
            let header = try? JSONDecoder().decode(Header.self, from: Data(bytes))
        else { throw .malformedHeader }
        // No extension is implemented, so every one that must be understood is refused (RFC 7515, section 4.1.11).
        guard !header.isCritical else { throw .criticalHeader }
        guard let algorithm = SignatureAlgorithm(rawValue: header.algorithm) else { throw .wrongAlgorithm }
        guard isAccessToken(header.type) else { throw .wrongType }
        return (algorithm, header.keyID)
    }

    /// Whether `typ` is absent or that of a JWT or an access token (RFC 7519, section 5.1; RFC 9068, section 2.1): other JWTs
    /// of the same issuer, such as those of a logout, have other types (RFC 8725, section 3.11).
    private static func isAccessToken(_ type: String?) -> Bool {
        guard let type = type?.lowercased() else { return true }
        return ["jwt", "at+jwt", "application/jwt", "application/at+jwt"].contains(type)
    }

    private struct Header: Decodable {
        let algorithm: String
        let keyID: String?
        let type: String?
        let isCritical: Bool

        enum CodingKeys: String, CodingKey {
            case algorithm = "alg"
            case keyID = "kid"
            case type = "typ"
            case critical = "crit"
        }

        init(from decoder: any Decoder) throws {
            let members = try decoder.container(keyedBy: CodingKeys.self)
            algorithm = try members.decode(String.self, forKey: .algorithm)
            keyID = try members.decodeIfPresent(String.self, forKey: .keyID)
            type = try members.decodeIfPresent(String.self, forKey: .type)
            isCritical = members.contains(.critical)
        }
    }
}
