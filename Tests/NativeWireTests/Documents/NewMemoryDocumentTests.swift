import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadMemories

@Suite struct NewMemoryDocumentTests {
    private static let blob = "00000000000000050000000000000006"

    private func decode<Document: Decodable>(_ type: Document.Type, _ text: String) throws -> Document {
        try NativeJSON.decode(type, from: Array(text.utf8))
    }

    @Test func `a new memory requests the contents of its document, blobs first`() throws {
        let document = try decode(
            NewMemoryDocument.self,
            """
            {"inline_assets":[{"kind":"placeholder","type":"image/webp","data":"AQID","width":32,"height":24}],
             "assets":[{"kind":"original","blob":"\(Self.blob)"}], "title":"t", "description":"x", "tags":["a","b"],
             "type":"photo", "taken_at":"2026-11-22T23:35:22.5+02:00", "from_a_newer_release":{}}
            """)
        let details = document.details
        #expect(details.title == "t" && details.text == "x" && details.tags == ["a", "b"] && details.type == "photo")
        #expect(details.takenAt?.instant?.rfc3339 == "2026-11-22T21:35:22.500Z")
        #expect(details.takenAt?.zoneMinutes == 120)
        let id = try #require(BlobId(text: Self.blob))
        #expect(
            try document.drafts() == [
                AssetDraft(kind: .original, content: .blob(id)),
                AssetDraft(
                    kind: .placeholder, content: .inline([1, 2, 3], contentType: "image/webp"), width: 32, height: 24),
            ])
    }

    @Test func `all fields are optional`() throws {
        let document = try decode(NewMemoryDocument.self, "{}")
        #expect(document.details == MemoryDetails())
        #expect(try document.drafts() == [])
    }

    @Test(arguments: [
        (#"{"assets":[{"kind":"a","blob":"BLOB"},{"kind":"b"}]}"#, "assets[1].blob"),
        (#"{"assets":[{"kind":"a","blob":"BLOB"},{"kind":"b","blob":7}]}"#, "assets[1].blob"),
        (#"{"assets":[{"kind":"a","blob":"BLOB"},{"kind":"b","blob":"../x"}]}"#, "assets[1].blob"),
        (#"{"assets":[{"kind":"","blob":"BLOB"}]}"#, "assets[0].kind"),
        (#"{"assets":[{"blob":"BLOB"}]}"#, "assets[0].kind"),
        (#"{"assets":[7]}"#, "assets[0]"), (#"{"assets":{}}"#, "assets"),
        (#"{"inline_assets":[{"kind":"a","type":"b/c","data":"AQI"}]}"#, "inline_assets[0].data"),
        (#"{"inline_assets":[{"kind":"a","type":"b/c","data":"A*ID"}]}"#, "inline_assets[0].data"),
        (#"{"inline_assets":[{"kind":"a","type":"b/c","data":7}]}"#, "inline_assets[0].data"),
        (#"{"inline_assets":[{"kind":"a","type":"b/c"}]}"#, "inline_assets[0].data"),
        (#"{"inline_assets":[{"kind":"a","type":"b c","data":""}]}"#, "inline_assets[0].type"),
        (#"{"inline_assets":[{"kind":"a","data":""}]}"#, "inline_assets[0].type"),
        (#"{"inline_assets":[{"kind":"","type":"b/c","data":""}]}"#, "inline_assets[0].kind"),
        (#"{"thumbhash":"?"}"#, "thumbhash"), (#"{"taken_at":"yesterday"}"#, "taken_at"),
        (#"{"tags":["a",1]}"#, "tags[1]"), (#"{"tags":"a"}"#, "tags"), (#"{"title":1}"#, "title"),
    ]) func `an invalid value is refused with its field and element`(_ text: String, _ field: String) {
        expectInvalid(field) {
            _ = try decode(NewMemoryDocument.self, text.replacing("BLOB", with: Self.blob)).drafts()
        }
    }

    @Test func `an error describes the valid values`() throws {
        let error = #expect(throws: UploadError.self) {
            try decode(
                NewMemoryDocument.self, #"{"inline_assets":[{"kind":"a","type":"b/c","data":"?"}]}"#)
        }
        #expect(error?.message == "“inline_assets[0].data” must be Base64 with its padding.")
    }

    @Test func `an added asset is a blob or has its bytes`() throws {
        let id = try #require(BlobId(text: Self.blob))
        let blob = try decode(AddedAssetDocument.self, #"{"kind":"thumb","blob":"\#(Self.blob)","width":7}"#)
        #expect(try blob.draft() == AssetDraft(kind: .thumb, content: .blob(id), width: 7))
        let inline = try decode(AddedAssetDocument.self, #"{"kind":"p","type":"a/b","data":"AQ=="}"#)
        #expect(try inline.draft() == AssetDraft(kind: AssetKind("p"), content: .inline([1], contentType: "a/b")))
        expectInvalid("blob") { _ = try decode(AddedAssetDocument.self, #"{"kind":"a"}"#) }
        expectInvalid("blob") { _ = try decode(AddedAssetDocument.self, #"{"kind":"a","blob":"x"}"#).draft() }
        expectInvalid("data") { _ = try decode(AddedAssetDocument.self, #"{"kind":"a","blob":"x","data":""}"#) }
        expectInvalid("type") { _ = try decode(AddedAssetDocument.self, #"{"kind":"a","data":""}"#) }
    }
}
