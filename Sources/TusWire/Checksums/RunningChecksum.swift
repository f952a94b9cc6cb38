import Crypto
import Synchronization

/// The algorithms of `Upload-Checksum`, in the order of preference.
public enum ChecksumAlgorithm: String, CaseIterable, Hashable, Sendable {
    case sha256
    case sha1
    case sha512
    case crc32c
    case crc32
    case md5

    /// The byte count of a checksum.
    public var byteCount: Int {
        switch self {
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        case .md5: 16
        case .crc32, .crc32c: 4
        }
    }
}

/// Computes checksums of bytes that are added in order, from any thread.
public final class RunningChecksum: Sendable {
    private enum Hasher: Sendable {
        case sha1(Insecure.SHA1)
        case sha256(SHA256)
        case sha512(SHA512)
        case md5(Insecure.MD5)
        case crc(CRC32)

        init(_ algorithm: ChecksumAlgorithm) {
            switch algorithm {
            case .sha1: self = .sha1(Insecure.SHA1())
            case .sha256: self = .sha256(SHA256())
            case .sha512: self = .sha512(SHA512())
            case .md5: self = .md5(Insecure.MD5())
            case .crc32: self = .crc(CRC32(.iso))
            case .crc32c: self = .crc(CRC32(.castagnoli))
            }
        }

        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            switch self {
            case .sha1(var hasher): update(&hasher, bytes) { .sha1($0) }
            case .sha256(var hasher): update(&hasher, bytes) { .sha256($0) }
            case .sha512(var hasher): update(&hasher, bytes) { .sha512($0) }
            case .md5(var hasher): update(&hasher, bytes) { .md5($0) }
            case .crc(var crc):
                crc.update(bytes)
                self = .crc(crc)
            }
        }

        private mutating func update<Function: HashFunction>(
            _ hasher: inout Function, _ bytes: UnsafeRawBufferPointer, _ wrap: (Function) -> Hasher
        ) {
            hasher.update(bufferPointer: bytes)
            self = wrap(hasher)
        }

        var bytes: [UInt8] {
            switch self {
            case .sha1(let hasher): Array(hasher.finalize())
            case .sha256(let hasher): Array(hasher.finalize())
            case .sha512(let hasher): Array(hasher.finalize())
            case .md5(let hasher): Array(hasher.finalize())
            case .crc(let crc): crc.bytes
            }
        }
    }

    private let hashers: Mutex<[ChecksumAlgorithm: Hasher]>

    public init(_ algorithms: [ChecksumAlgorithm]) {
        var hashers: [ChecksumAlgorithm: Hasher] = [:]
        for algorithm in algorithms { hashers[algorithm] = Hasher(algorithm) }
        self.hashers = Mutex(hashers)
    }

    public func update(_ bytes: UnsafeRawBufferPointer) {
        hashers.withLock { hashers in
            for algorithm in hashers.keys { hashers[algorithm]?.update(bytes) }
        }
    }

    /// The checksum of the bytes so far; empty for an algorithm that was not requested.
    public func bytes(_ algorithm: ChecksumAlgorithm) -> [UInt8] {
        hashers.withLock { $0[algorithm]?.bytes ?? [] }
    }
}
