import Crypto
import SessionCore

/// The secret of a store that signs the tokens of its links.
public struct LinkSecret: Hashable, Sendable {
    public static let byteCount = 32

    public let bytes: [UInt8]

    /// - Returns: nil for another number of bytes.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(random: SymmetricKey) {
        bytes = random.withUnsafeBytes { Array($0) }
    }

    public static func random() -> LinkSecret { LinkSecret(random: SymmetricKey(size: .bits256)) }
}

/// A bearer token of a link: its capsule, its id, and a signature over both.
///
/// The signature is an HMAC-SHA-256 (RFC 2104) under a key of the capsule, which is derived from the store's secret with
/// HKDF (RFC 5869). So the owner can be shown the token again, and nobody else can make one.
public struct LinkToken: Hashable, Sendable {
    public static let prefix = "link_"
    private static let idDigits = 32
    private static let signatureDigits = 64

    public let capsule: CapsuleId
    public let link: LinkId
    private let signature: [UInt8]

    /// Signs a token.
    public init(of link: LinkId, in capsule: CapsuleId, secret: LinkSecret) {
        self.capsule = capsule
        self.link = link
        signature = Self.signature(of: link, in: capsule, secret)
    }

    /// Parses a token without verifying it.
    ///
    /// - Returns: nil for anything but the prefix and 128 hexadecimal digits.
    public init?(text: some StringProtocol) {
        guard text.hasPrefix(Self.prefix) else { return nil }
        let digits = text.dropFirst(Self.prefix.count)
        guard digits.utf8.count == 2 * Self.idDigits + Self.signatureDigits,
            let capsule = CapsuleId(text: digits.prefix(Self.idDigits)),
            let link = LinkId(text: digits.dropFirst(Self.idDigits).prefix(Self.idDigits)),
            let signature = Digest(hex: digits.suffix(Self.signatureDigits))?.bytes
        else { return nil }
        self.capsule = capsule
        self.link = link
        self.signature = signature
    }

    public var text: String {
        let digits = signature.flatMap { [($0 >> 4).hexDigit(), ($0 & 15).hexDigit()] }
        return Self.prefix + capsule.text + link.text + String(decoding: digits, as: UTF8.self)
    }

    /// Whether the token was signed with this secret. Takes the same time for every signature.
    public func isSigned(with secret: LinkSecret) -> Bool {
        let expected = Self.signature(of: link, in: capsule, secret)
        return zip(signature, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func signature(of link: LinkId, in capsule: CapsuleId, _ secret: LinkSecret) -> [UInt8] {
        let key = HKDF<SHA256>.expand(
            pseudoRandomKey: secret.bytes, info: Array("upload links".utf8) + capsule.value.bytes,
            outputByteCount: LinkSecret.byteCount)
        var bytes: [UInt8] = []
        bytes.append(contentsOf: HMAC<SHA256>.authenticationCode(for: link.value.bytes, using: key))
        return bytes
    }
}
