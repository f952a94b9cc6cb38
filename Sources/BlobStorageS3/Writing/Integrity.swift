import enum Crypto.Insecure
import FoundationEssentials
package import UploadCore

/// What is sent with a segment, so that the engine verifies its bytes.
enum Integrity: Hashable, Sendable {
    case crc32(Checksum)
    /// In base64.
    case contentMD5(String)
    case signedPayload(Digest)
    case none

    var headers: [(name: String, value: String)] {
        switch self {
        case .crc32(let checksum): [(Self.checksumHeader, checksum.base64)]
        case .contentMD5(let digest): [("content-md5", digest)]
        case .signedPayload, .none: []
        }
    }

    /// The hash of the payload in the signature.
    var payloadHash: String {
        guard case .signedPayload(let digest) = self else { return SignatureV4.unsignedPayload }
        return digest.hex
    }

    /// Whether the engine's own checksum, which some return, contradicts the one that was sent.
    func contradicts(_ returned: String?) -> Bool {
        guard case .crc32(let checksum) = self, let returned else { return false }
        return returned != checksum.base64
    }

    static let checksumHeader = "x-amz-checksum-crc32"
}

extension Checksum {
    /// The four bytes, the most significant first, as S3 writes them.
    package var base64: String {
        Data((0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }).base64EncodedString()
    }
}

/// Computes an `Integrity` of bytes as they arrive.
enum IntegrityHasher: Sendable {
    case crc32(Checksum)
    case contentMD5(Insecure.MD5)
    case signedPayload(SHA256Hasher)
    case none

    init(_ integrity: S3Engine.Integrity) {
        switch integrity {
        case .crc32: self = .crc32(.empty)
        case .contentMD5: self = .contentMD5(Insecure.MD5())
        case .signedPayload: self = .signedPayload(SHA256Hasher())
        case .none: self = .none
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .crc32(let checksum): self = .crc32(checksum.appending(bytes))
        case .contentMD5(var hasher):
            hasher.update(bufferPointer: bytes)
            self = .contentMD5(hasher)
        case .signedPayload(var hasher):
            hasher.update(bytes)
            self = .signedPayload(hasher)
        case .none: break
        }
    }

    var current: Integrity {
        switch self {
        case .crc32(let checksum): .crc32(checksum)
        case .contentMD5(let hasher): .contentMD5(Data(hasher.finalize()).base64EncodedString())
        case .signedPayload(let hasher): .signedPayload(hasher.finalize())
        case .none: .none
        }
    }

    /// In base64, for `Content-MD5` (RFC 1864).
    static func md5(of bytes: [UInt8]) -> String {
        Data(Insecure.MD5.hash(data: bytes)).base64EncodedString()
    }
}
