import NativeWire
import SessionCore
import Testing
import UploadTestKit

/// What is written by hand, against the general encoder.
@Suite struct FlatDocumentTests {
    /// The same members, without the way around the encoder.
    private struct General: Encodable {
        let document: FinishedDocument
        func encode(to encoder: any Encoder) throws { try document.encode(to: encoder) }
    }

    private func finished(_ name: String, sha256: String? = "ab", size: UInt64 = 7) -> FinishedDocument {
        FinishedDocument(
            upload: "u", blob: "b", size: size, sha256: sha256, name: name, type: "image/jpeg",
            createdAt: WireTime(Timestamp(milliseconds: 1_700_000_000_123)))
    }

    private func expectSame(_ document: FinishedDocument, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let flat = String(decoding: try NativeJSON.encode(document), as: UTF8.self)
        let general = String(decoding: try NativeJSON.encode(General(document: document)), as: UTF8.self)
        #expect(flat == general, sourceLocation: sourceLocation)
        let read = try NativeJSON.decode(FinishedDocument.self, from: Array(flat.utf8))
        #expect(read == document, sourceLocation: sourceLocation)
    }

    @Test func `every character of the first pages is written as the general encoder writes it`() throws {
        for start in stride(from: 0 as UInt32, to: 0x3000, by: 16) {
            let scalars = (start..<start + 16).compactMap(Unicode.Scalar.init)
            try expectSame(finished(String(String.UnicodeScalarView(scalars))))
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `random names are written as the general encoder writes them`(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for _ in 0..<50 {
            let name = String(decoding: random.bytes(random.below(40)), as: UTF8.self)
            try expectSame(
                finished(name, sha256: random.chance(0.5) ? nil : "0f", size: random.chance(0.5) ? .max : random.next())
            )
        }
    }

    @Test func `an empty name and extreme numbers are written as the general encoder writes them`() throws {
        for size in [0, 1, .max] as [UInt64] { try expectSame(finished("", sha256: nil, size: size)) }
    }
}
