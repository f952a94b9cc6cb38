public import Crypto

/// A SHA-256 (FIPS 180-4): 32 bytes.
public struct Digest: Hashable, Sendable {
    public let bytes: [UInt8]

    /// nil unless there are exactly 32 bytes.
    public init?(bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
        guard self.bytes.count == 32 else { return nil }
    }

    /// - Parameter bytes: 32 bytes.
    init(sha256 bytes: [UInt8]) {
        precondition(bytes.count == 32)
        self.bytes = bytes
    }

    public init(_ digest: SHA256.Digest) {
        bytes = digest.withUnsafeBytes { Array($0) }
    }

    public init(of data: UnsafeRawBufferPointer) {
        var hasher = SHA256()
        hasher.update(bufferPointer: data)
        self.init(hasher.finalize())
    }

    public init(of bytes: [UInt8]) {
        self = bytes.withUnsafeBytes { Digest(of: $0) }
    }

    /// Parses 64 hexadecimal digits of either case.
    public init?(hex: some StringProtocol) {
        var bytes: [UInt8] = []
        var high: UInt8?
        for character in hex.utf8 {
            let digit: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | digit)
                high = nil
            } else {
                high = digit
            }
        }
        guard high == nil else { return nil }
        self.init(bytes: bytes)
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String {
        String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
            for (index, byte) in bytes.enumerated() {
                text[2 * index] = (byte >> 4).hexDigit()
                text[2 * index + 1] = (byte & 15).hexDigit()
            }
            return 2 * bytes.count
        }
    }
}

/// The digest of a blob.
public enum BlobDigest: Hashable, Sendable {
    /// The SHA-256 of all bytes.
    case whole(Digest)
    /// The SHA-256 over the SHA-256s of `parts` parts in their order, each verified at its commit. Used for
    /// concatenations, which read no bytes.
    case composite(Digest, parts: Int)

    public var digest: Digest {
        switch self {
        case .whole(let digest), .composite(let digest, _): digest
        }
    }

    /// The SHA-256 of all bytes; nil for that of a concatenation.
    public var whole: Digest? {
        guard case .whole(let digest) = self else { return nil }
        return digest
    }

    /// The digest of a concatenation.
    public init(parts: [Digest]) {
        if parts.count == 1 {
            self = .whole(parts[0])
        } else {
            self = .composite(Digest(of: parts.flatMap(\.bytes)), parts: parts.count)
        }
    }
}
