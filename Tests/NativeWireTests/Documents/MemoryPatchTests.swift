import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore

/// A JSON merge patch (RFC 7396) of a memory.
@Suite struct MemoryPatchTests {
    private let details = MemoryDetails(
        title: "t", text: "x", tags: ["a", "b"], type: "photo", takenAt: CaptureTime(Records.createdAt))

    private func patched(_ text: String) throws -> MemoryDetails {
        var details = details
        try NativeJSON.decode(MemoryPatchDocument.self, from: Array(text.utf8)).apply(to: &details)
        return details
    }

    @Test(arguments: ["{}", "", #"{"id":"other","assets":null,"created_at":"x"}"#])
    func `a patch leaves absent members unchanged`(_ text: String) throws {
        #expect(try patched(text) == details)
    }

    @Test func `null clears`() throws {
        let cleared = try patched(#"{"title":null,"description":null,"tags":null,"type":null,"taken_at":null}"#)
        #expect(cleared == MemoryDetails())
    }

    @Test func `a value is set, and tags are replaced as a whole`() throws {
        let changed = try patched(#"{"title":"","tags":["c"],"taken_at":"2026-11-22T21:35:22Z"}"#)
        #expect(changed.title == "" && changed.tags == ["c"] && changed.text == "x" && changed.type == "photo")
        #expect(changed.takenAt?.instant?.rfc3339 == "2026-11-22T21:35:22.000Z")
    }

    @Test(arguments: [
        (#"{"title":7}"#, "title"), (#"{"tags":[null]}"#, "tags[0]"), (#"{"taken_at":""}"#, "taken_at"),
        ("[]", "body"), ("null", "body"), (#""title""#, "body"),
    ]) func `a patch that cannot be is refused`(_ text: String, _ field: String) {
        expectInvalid(field) { _ = try patched(text) }
    }

    @Test func `a patch encodes only its changes`() throws {
        let patch = MemoryPatchDocument(title: .set("a"), takenAt: .cleared)
        let text = String(decoding: try NativeJSON.encode(patch), as: UTF8.self)
        #expect(text == #"{"taken_at":null,"title":"a"}"#)
    }
}
