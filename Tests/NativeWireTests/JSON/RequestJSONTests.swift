import NativeWire
import Testing
import UploadCore

/// JSON that means one thing.
@Suite struct RequestJSONTests {
    private func read<Document: RequestDocument>(
        _ type: Document.Type, _ text: String
    ) throws -> (document: Document, unknown: [String]) {
        var unknown: [String] = []
        let document = try NativeJSON.decodeRequest(type, from: Array(text.utf8)) { unknown = $0 }
        return (document, unknown)
    }

    private func refusal(_ bytes: [UInt8]) -> UploadError? {
        #expect(throws: UploadError.self) {
            try NativeJSON.decodeRequest(NewUploadDocument.self, from: bytes) { _ in }
        }
    }

    @Test(arguments: [
        ("{\"name\":\"a\",}", "has a comma before an end at byte 12"),
        ("{\"name\":\"a\" \"type\":\"b\"}", "lacks a comma or an end"),
        ("{\"name\":\"a\"", "ends in the middle"), ("{\"name\":\"a", "ends in the middle"),
        ("{\"name\":\"a\\", "ends in the middle"), ("{\"name\":\"a\\u00", "ends in the middle"),
        ("{", "ends in the middle"),
        ("{\"name\"}", "lacks a colon"), ("{name:\"a\"}", "lacks the name of a member"),
        ("{'name':'a'}", "lacks the name of a member"), ("{\"name\":a}", "no value"), ("{\"name\":tru}", "no value"),
        ("{\"name\":}", "no value"), ("{\"x\":NaN}", "no value"), ("{\"x\":-}", "no value"), ("{\"x\":+1}", "no value"),
        ("{\"x\":01}", "begins with 0"), ("{\"x\":1.}", "ends with its point"), ("{\"x\":1e}", "without its exponent"),
        ("{\"x\":[1,]}", "comma before an end"), ("{\"x\":[,1]}", "no value"),
        ("{\"x\":\"\u{1}\"}", "control character"),
        ("{\"x\":\"\\x\"}", "invalid escape sequence"), ("{\"x\":\"\\ud800\"}", "half a character"),
        ("{\"x\":\"\\ud800\\ud800\"}", "half a character"), ("{\"x\":\"\\udc00\"}", "half a character"),
        ("{} {}", "more after its end"), ("{}x", "more after its end"), ("{}/**/", "more after its end"),
        ("[]", "is not a JSON object"), ("\"name\"", "is not a JSON object"), ("\u{FEFF}{}", "is not a JSON object"),
        (" ", "is not a JSON object"),
    ])
    func `what is not JSON is refused with the reason`(_ text: String, _ reason: String) {
        let error = refusal(Array(text.utf8))
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.fields == UploadError(.invalidArgument("body", "")).fields)
    }

    @Test func `other encodings than UTF-8 are refused as such`() {
        let text = "{\"name\":\"a\"}"
        let encodings: [[UInt8]] = [
            text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
            text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] },
            text.unicodeScalars.flatMap { [0, 0, 0, UInt8($0.value)] },
        ]
        for (bytes, reason) in zip(encodings, ["lacks the name", "is not a JSON object", "is not a JSON object"]) {
            #expect(refusal(bytes)?.message.contains(reason) == true)
        }
        for bytes in [[0xFF, 0xFE] + encodings[0], Array("{\"name\":\"".utf8) + [0xFF, 0x22, 0x7D], [0x7B, 0xC3]] {
            #expect(refusal(bytes)?.message.contains("is not UTF-8") == true)
        }
    }

    @Test(arguments: [
        ("{\"name\":\"a\",\"name\":\"b\"}", "name"), ("{\"name\":\"a\",\"n\\u0061me\":\"b\"}", "name"),
        ("{\"name\":\"a\",\"x\":{\"y\":1,\"y\":1}}", "x.y"),
    ])
    func `the same member twice is refused by its name`(_ text: String, _ member: String) {
        let error = refusal(Array(text.utf8))
        #expect(error?.message.contains("is given twice") == true)
        #expect(error?.fields == UploadError(.invalidArgument(member, "")).fields)
    }

    @Test func `the depth has a limit`() throws {
        func nested(_ depth: Int) -> String {
            "{\"name\":\"a\",\"x\":" + String(repeating: "[", count: depth - 1)
                + String(repeating: "]", count: depth - 1) + "}"
        }
        #expect(try read(NewUploadDocument.self, nested(16)).document.name == "a")
        #expect(refusal(Array(nested(17).utf8))?.message.contains("more than 16 levels") == true)
        #expect(refusal(Array(nested(60_000).utf8))?.message.contains("more than 16 levels") == true)
    }

    @Test func `members that a document does not have are named, and not read`() throws {
        let (upload, unknown) = try read(
            NewUploadDocument.self,
            #"{"name":"a","lenght":5,"chunkSize":7,"Length":1,"length_":1,"_length":1,"expected__chunks":2,"x":{"y":1}}"#
        )
        #expect(upload == NewUploadDocument(name: "a"))
        #expect(
            unknown == ["lenght", "chunkSize", "Length", "length_", "_length", "expected__chunks", "x"])
        let (memory, nested) = try read(
            NewMemoryDocument.self,
            #"{"tilte":"t","assets":[{"kind":"k","blob":"b"},{"kind":"k","blob":"b","widht":1}],"inline_assets":[]}"#)
        #expect(memory.assets?.count == 2)
        #expect(nested == ["tilte", "assets[1].widht"])
        #expect(try read(AddedAssetDocument.self, #"{"kind":"k","type":"a/b","data":"","blub":1}"#).unknown == ["blub"])
        let many = (0..<20).map { ",\"x\($0)\":0" }.joined()
        #expect(try read(NewUploadDocument.self, "{\"name\":\"a\"\(many)}").unknown.count == 8)
    }

    @Test func `every member of every document is known`() throws {
        #expect(
            try read(
                NewUploadDocument.self,
                """
                 { "capsule" : "c", "name" : "\\u00e9\\ud83c\\udf0a\\/", "type":"a/b", "length":1, "chunk_size":2,
                "expected_chunks":3, "sha256":"s", "provisional_memory_id":"m", "derive":"none" }
                """)
                == (
                    NewUploadDocument(
                        capsule: "c", name: "é🌊/", type: "a/b", length: 1, chunkSize: 2, expectedChunks: 3, sha256: "s",
                        provisionalMemoryId: "m", derive: "none"), []
                ))
        let patch = #"{"title":null,"description":null,"tags":null,"type":null,"taken_at":null}"#
        #expect(try read(MemoryPatchDocument.self, patch).unknown == [])
        #expect(try read(CapsulePatchDocument.self, #"{"title":null,"derive":null}"#).unknown == [])
        #expect(try read(FinishDocument.self, "").unknown == [])
    }
}
