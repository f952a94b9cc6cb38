import HTTPWire
import SessionCore
import Testing
import TusWire

@Suite struct UploadConcatTests {
    static let ids = (1...3).map { SessionId(high: 0x7000, low: 0x8000_0000_0000_0000 + UInt64($0)) }

    private func parse(_ text: String) throws -> PartReferences {
        guard case .final(let references) = try UploadConcat(text) else {
            throw TusRefusalExpected()
        }
        return references
    }

    private struct TusRefusalExpected: Error {}

    @Test func `URLs are absolute or relative, and come back as they were`() throws {
        let (a, b, c) = (Self.ids[0].text, Self.ids[1].text, Self.ids[2].text)
        for text in [
            "final;https://x.org/files/\(a) /files/\(b) \(c)", "final; /files/\(a)  /files/\(b)", "final;\(a)",
            "final;../\(c) ../\(c) http://[::1]:80/\(a)", "final;/files/\(a)/ /files/\(b)/ \(c)/",
            "final;/files/\(a)?x=/1&y /files/\(b)?x=/1&y /files/\(c)/?x=/1&y", "final;\(a)# \(b)#/x?y \(c)/",
        ] {
            let concat = try UploadConcat(text)
            #expect(concat.text == text)
            let references = try parse(text)
            let kept = KeptFields(metadata: try UploadMetadata("a YQ=="), concat: concat)
            let read = KeptFields(opaque: kept.opaque, parts: references.ids, isPartial: false)
            #expect(read == kept)
            #expect(read.concat?.text == text)
        }
        #expect(try parse("final;https://x.org/files/\(a) /files/\(b) \(c)").ids == Self.ids)
        #expect(try parse("final;https://x.org/files/\(a)/ /files/\(b)?x=/files/\(a) \(c)/#\(a)").ids == Self.ids)
    }

    @Test(arguments: [
        "Partial", "partial;", "final", "final;", "final; ", "final;/files/a", "final;/files/../../etc/passwd",
        "final;/files/00000000000070008000000000000001//", "final;/files/%300000000000070008000000000000001",
        "final;x00000000000070008000000000000001", "final;/files/00000000000070008000000000000001?x,/files/b",
        "final;/f?x=/00000000000070008000000000000001", "final;/f#/00000000000070008000000000000001",
        "final;/files/00000000000070008000000000000001,/files/00000000000070008000000000000002",
    ])
    func `a value without partial uploads is refused`(_ text: String) {
        #expect(throws: RequestFailure.self) { try UploadConcat(text) }
    }

    @Test func `a thousand URLs of one server take a line beside the ids`() throws {
        let ids = (0..<1000).map { SessionId(high: 0x7000, low: 0x8000_0000_0000_0000 + UInt64($0)) }
        let text = "final;" + ids.map { "https://uploads.example.org/files/\($0.text)" }.joined(separator: " ")
        let kept = KeptFields(metadata: try UploadMetadata(""), concat: try UploadConcat(text))
        #expect(kept.opaque.utf8.count < 100)
        #expect(KeptFields(opaque: kept.opaque, parts: ids, isPartial: false).concat?.text == text)
    }

    @Test(arguments: ["", "\n", "\n2:a", "\n4:a", "\n3", "\n0:a\n3:b", "\n-1:a\n4:b", "\nx:y", "\n3:a\n"])
    func `an upload of another protocol has no stored fields`(_ opaque: String) {
        #expect(KeptFields(opaque: opaque, parts: Self.ids, isPartial: false).concat == nil)
    }
}
