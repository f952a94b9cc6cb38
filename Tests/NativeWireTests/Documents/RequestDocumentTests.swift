import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore

@Suite struct RequestDocumentTests {
    private let key = IdempotencyKey(bytes: [1])

    private func decode<Document: Decodable>(_ type: Document.Type, _ text: String) throws -> Document {
        try NativeJSON.decode(type, from: Array(text.utf8))
    }

    @Test func `a new upload requests the contents of its document`() throws {
        let digest = Digest(of: [])
        let document = try decode(
            NewUploadDocument.self,
            """
            {"name":"a.jpg","type":"image/jpeg","length":25,"chunk_size":10,"expected_chunks":3,
             "sha256":"\(digest.hex.uppercased())","provisional_memory_id":"m","from_a_newer_release":[1]}
            """)
        #expect(
            try document.request(capsule: Records.capsule, key: key)
                == BeginRequest(
                    capsule: Records.capsule, asset: AssetMetadata(name: "a.jpg", contentType: "image/jpeg"),
                    layout: .chunks(size: 10), length: 25, expectedChunks: 3, expectedDigest: digest,
                    provisionalMemoryId: "m", idempotencyKey: key))
    }

    @Test func `a name is enough`() throws {
        let request = try decode(NewUploadDocument.self, "{\"name\":\"a\"}").request(
            capsule: Records.capsule, key: nil)
        #expect(
            request
                == BeginRequest(
                    capsule: Records.capsule,
                    asset: AssetMetadata(name: "a", contentType: "application/octet-stream")))
    }

    @Test func `an invalid digest or type is refused`() {
        expectInvalid("sha256") {
            _ = try NewUploadDocument(name: "a", sha256: "ab").request(capsule: Records.capsule, key: nil)
        }
        expectInvalid("type") {
            _ = try NewUploadDocument(name: "a", type: "a/b\r\nc: d").request(capsule: Records.capsule, key: nil)
        }
        expectInvalid("sha256") { _ = try FinishDocument(sha256: "").digest() }
    }

    @Test func `a malformed capsule id is not found`() throws {
        #expect(try NewUploadDocument(name: "a").capsuleId() == nil)
        #expect(try NewUploadDocument(capsule: Records.capsule.text, name: "a").capsuleId() == Records.capsule)
        let error = #expect(throws: UploadError.self) { try NewUploadDocument(capsule: "..", name: "a").capsuleId() }
        #expect(error?.code == .notFound)
    }

    @Test(arguments: [
        ("{}", "name"), ("{\"name\":null}", "name"), ("{\"name\":1}", "name"),
        ("{\"name\":\"a\",\"length\":-1}", "body"),
        ("{\"name\":\"a\",\"length\":1.5}", "body"), ("{\"name\":\"a\",\"length\":18446744073709551616}", "body"),
        ("{\"name\":\"a\",\"chunk_size\":\"1\"}", "chunk_size"), ("", "name"), ("[]", "body"), ("{", "body"),
        ("x", "body"),
    ]) func `a document that cannot be is refused by the name of its field`(_ text: String, _ field: String) {
        expectInvalid(field) { _ = try decode(NewUploadDocument.self, text) }
    }

    @Test func `a number out of range is distinguished from invalid JSON`() {
        func message(_ text: String) -> String? {
            #expect(throws: UploadError.self) { try decode(NewUploadDocument.self, text) }?.message
        }
        #expect(message("{\"name\":\"a\",\"length\":-1}")?.contains("number") == true)
        #expect(message("{\"name\":\"a\",\"length\":}")?.contains("number") == false)
    }

    @Test func `an empty body is an empty document`() throws {
        #expect(try decode(FinishDocument.self, "") == FinishDocument())
        #expect(try decode(NewCapsuleDocument.self, "").title == nil)
    }

    @Test func `a member is a writer or a reader`() throws {
        #expect(try MemberDocument(role: "writer").checkedRole() == .writer)
        #expect(try MemberDocument(.reader).checkedRole() == .reader)
        for role in ["owner", "", "Writer"] {
            expectInvalid("role") { _ = try MemberDocument(role: role).checkedRole() }
        }
    }
}
