import Crypto
import FoundationEssentials

/// The digest of a chunk as a client declares it (RFC 9530).
enum ChunkDigest {
    static func field(of payload: Wire.Payload) -> String {
        var (hasher, rest) = (SHA256(), payload.byteCount)
        while rest > 0 {
            let count = min(rest, payload.block.count)
            payload.block[..<count].withUnsafeBytes { hasher.update(bufferPointer: $0) }
            rest -= count
        }
        return "sha-256=:\(Data(hasher.finalize()).base64EncodedString()):"
    }
}
