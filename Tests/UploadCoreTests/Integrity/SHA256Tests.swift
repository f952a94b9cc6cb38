import Crypto
import Testing
import UploadModel
import UploadTestKit

/// Our SHA-256 against published vectors and against swift-crypto, on every path of this processor.
@Suite struct SHA256Tests {
    /// “SHA_All” of the Cryptographic Algorithm Validation Program, and the empty message.
    private static let vectors: [(message: [UInt8], digest: String)] = [
        ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Array("abc".utf8), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            Array("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".utf8),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            Array(
                """
                abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu
                """.utf8), "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
        ),
        (
            [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test(arguments: SHA256Hasher.Path.available)
    func `the digests of published messages are right`(_ path: SHA256Hasher.Path) {
        for (message, digest) in Self.vectors {
            var hasher = SHA256Hasher(path)
            hasher.update(message)
            #expect(hasher.finalize().hex == digest)
        }
    }

    @Test(arguments: SHA256Hasher.Path.available, 0..<20 as Range<UInt64>)
    func `in any pieces the digest and the states are those of all bytes`(_ path: SHA256Hasher.Path, _ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            let bytes = content(random.below(700), from: random.below(1 << 20))
            var hasher = SHA256Hasher(path)
            var rest = bytes[...]
            while !rest.isEmpty {
                let piece = rest.prefix(random.below(min(rest.count, 130) + 1))
                rest = rest.dropFirst(piece.count)
                hasher.update(Array(piece))
                let before = Array(bytes[..<rest.startIndex])
                #expect(hasher.finalize() == Digest(SHA256.hash(data: before)), "nothing is lost by asking")
                // Another process, on another processor, goes on with the state.
                hasher = SHA256Hasher(hasher.midstate)
                #expect(hasher.byteCount == UInt64(before.count))
            }
            #expect(hasher.finalize() == Digest(SHA256.hash(data: bytes)))
        }
    }

    @Test(arguments: SHA256Hasher.Path.available, 0..<20 as Range<UInt64>)
    func `two streams at once have the digests of each alone`(_ path: SHA256Hasher.Path, _ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        for _ in 0..<40 {
            var hashers = (SHA256Hasher(path), SHA256Hasher(path))
            var hashed: ([UInt8], [UInt8]) = ([], [])
            for _ in 0..<random.below(6) {
                let pieces = (content(random.below(400), from: 3), content(random.below(400), from: 11))
                pieces.0.withUnsafeBytes { first in
                    pieces.1.withUnsafeBytes { SHA256Hasher.update(&hashers.0, first, &hashers.1, $0) }
                }
                hashed.0 += pieces.0
                hashed.1 += pieces.1
            }
            #expect(hashers.0.finalize() == Digest(SHA256.hash(data: hashed.0)))
            #expect(hashers.1.finalize() == Digest(SHA256.hash(data: hashed.1)))
        }
    }

    @Test func `states have the same bytes on every path, and are ordered by their length`() {
        var (one, other) = (SHA256Hasher(.portable), SHA256Hasher(.best))
        var last: [UInt8] = []
        for count in [1, 62, 1, 1, 63, 200, 1 << 16] {
            one.update(content(count))
            other.update(content(count))
            #expect(one.midstate == other.midstate)
            #expect(last.lexicographicallyPrecedes(one.midstate.bytes))
            last = one.midstate.bytes
        }
    }

    @Test func `a state after a number of bytes has as many as are not in whole blocks`() throws {
        var hasher = SHA256Hasher()
        for count in 0..<130 {
            let bytes = hasher.midstate.bytes
            #expect(bytes.count == 40 + count % 64)
            #expect(try #require(SHA256Midstate(bytes: bytes)).byteCount == UInt64(count))
            for malformed in [Array(bytes.dropLast()), bytes + [0], Array(bytes.prefix(39)), []] {
                #expect(SHA256Midstate(bytes: malformed) == nil)
            }
            hasher.update([UInt8(count)])
        }
        #expect(SHA256Midstate(bytes: [UInt8](repeating: 0xff, count: 103)) != nil, "no count overflows")
    }
}
