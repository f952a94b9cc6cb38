import HTTPTypes
import HTTPWire
import SessionCore
import Testing
import TusWire
import UploadTestKit

/// Laws that hold whatever a client sends. A failure replays from its seed.
@Suite struct FuzzTests {
    private static let rounds = 2000

    /// Texts that come from `samples` by a few random edits.
    private func mutated(_ samples: [String], seed: UInt64, _ check: (String) throws -> Void) rethrows {
        var random = SeededRandom(seed: seed)
        let alphabet = Array(" ,;:=/\\\"%#?.-+*aZ09é\u{FFFD}\u{0}\t\n".unicodeScalars)
        for _ in 0..<Self.rounds {
            var text = Array((samples.randomElement(using: &random) ?? "").unicodeScalars)
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let position = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: text.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &random)], at: position)
                case 1: if position < text.count { text.remove(at: position) }
                case 2: text.removeLast(text.count - position)
                default:
                    text.insert(contentsOf: text.prefix(Int.random(in: 0...text.count, using: &random)), at: position)
                }
            }
            var scalars = String.UnicodeScalarView()
            scalars.append(contentsOf: text)
            try check(String(scalars))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `accepted metadata are stored, have distinct keys and can be sent back`(_ seed: UInt64) {
        mutated(["filename d29ybGQ=,is_confidential", "a YQ==,b Yg,c ", "é AAAA", ""], seed: seed) { text in
            guard let metadata = try? UploadMetadata(text) else { return }
            #expect(metadata.text == text)
            #expect(Set(metadata.pairs.map(\.key)).count == metadata.pairs.count)
            #expect(metadata.pairs.allSatisfy { !$0.key.isEmpty && !$0.key.contains(" ") && !$0.key.contains(",") })
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `references are reproduced exactly, also after storing them`(_ seed: UInt64) {
        let (a, b) = ("00000000000070008000000000000001", "00000000000070008000000000000002")
        let samples = ["partial", "final;/files/\(a) /files/\(b)", "final; https://x:1/f/\(a)  \(b) /f/\(b) /f/\(a)"]
        mutated(samples, seed: seed) { text in
            guard let concat = try? UploadConcat(text), case .final(let references) = concat else { return }
            #expect(concat.text == text || concat.text + " " == text || text.hasPrefix(concat.text + " "))
            #expect(!references.ids.isEmpty)
            guard let metadata = try? UploadMetadata("a YQ==") else { return }
            let kept = KeptFields(metadata: metadata, concat: concat)
            #expect(KeptFields(opaque: kept.opaque, parts: references.ids, isPartial: false) == kept)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `stored fields of any content are readable`(_ seed: UInt64) {
        let ids = (1...3).map { SessionId(high: 0x7000, low: 0x8000_0000_0000_0000 + $0) }
        mutated(["a YQ==\n3:/files/", "\n1:a/\n2:b/", "x"], seed: seed) { text in
            let kept = KeptFields(opaque: text, parts: ids, isPartial: false)
            guard case .final(let references) = kept.concat else { return }
            #expect(references.ids == ids)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a parsed checksum has the length of its algorithm`(_ seed: UInt64) {
        mutated(["sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "crc32 AAAAAA==", "md5 AAAAAAAAAAAAAAAAAAAAAA"], seed: seed) {
            text in
            guard let checksum = try? UploadChecksum(text) else { return }
            #expect(checksum.bytes.count == checksum.algorithm.byteCount)
            #expect((try? UploadChecksum(checksum.text)) == checksum)
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a forwarded origin changes only scheme, host and prefix of a URL`(_ seed: UInt64) {
        let samples = [
            "for=192.0.2.60;proto=https;host=up.example.org", "proto=http;host=\"a\\\"b\", host=c", "host=[::1]:8",
        ]
        mutated(samples, seed: seed) { text in
            guard let name = HTTPField.Name("Forwarded") else { return }
            let url = ForwardedOrigin([name: text]).url("/files/a", authority: "inner")
            #expect(url.hasSuffix("/files/a"))
            guard url != "/files/a" else { return }
            let parts = url.split(separator: "/", omittingEmptySubsequences: false)
            #expect(parts.count == 5 && (parts[0] == "http:" || parts[0] == "https:"), "\(url)")
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func `a block of addresses contains no malformed address`(_ seed: UInt64) {
        mutated(["10.0.0.0/8", "fd00::/8", "::ffff:1.2.3.4", "1:2:3:4:5:6:7:8/64", "::"], seed: seed) { text in
            guard let block = AddressRange(text) else { return }
            #expect(!block.contains("") && !block.contains("localhost"))
            if !text.contains("/") { #expect(block.contains(text)) }
        }
    }
}
