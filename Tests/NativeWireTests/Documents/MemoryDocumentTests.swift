import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadMemories

@Suite struct MemoryDocumentTests {
    private static let blob = BlobId(SessionId(high: 5, low: 6))
    private static let inline: [UInt8] = [1, 2, 3]

    private func memory() -> Memory {
        func asset(_ low: UInt64, _ kind: AssetKind, _ content: Asset.Content) -> Asset {
            Asset(
                id: AssetId(SessionId(high: 7, low: low)), kind: kind, contentType: "image/webp", size: 3, width: 32,
                height: nil, digest: Records.digest, content: content)
        }
        return Memory(
            id: MemoryId(Records.id), capsule: Records.capsule, creator: Principal("ann"),
            details: MemoryDetails(
                title: "t", text: "x", tags: ["b", "a"], type: "photo",
                takenAt: CaptureTime(Records.lastSeen, zoneMinutes: -90)),
            createdAt: Records.createdAt,
            assets: [
                asset(1, .original, .blob(Self.blob)), asset(2, .placeholder, .inline(Self.inline)),
                asset(3, .placeholder, .inline([])),
            ])
    }

    @Test func `a memory has its metadata and its assets`() throws {
        let document = MemoryDocument(memory())
        #expect(document.id == Records.id.text && document.capsule == Records.capsule.text)
        #expect(document.creator == "ann" && document.title == "t" && document.description == "x")
        #expect(document.tags == ["b", "a"] && document.type == "photo")
        #expect(document.takenAt?.text == Records.lastSeen.rfc3339 && document.takenAtZone == "-01:30")
        #expect(document.captureTime == CaptureTime(Records.lastSeen, zoneMinutes: -90))
        #expect(document.createdAt.timestamp == Records.createdAt)
        #expect(document.state == .complete && document.reason == nil)
        let original = try #require(document.assets.first)
        #expect(original.blob == Self.blob.text && original.inline == nil && original.data == nil)
        #expect(original.width == 32 && original.height == nil && original.sha256 == Records.digest.hex)
        let placeholder = document.assets[1]
        #expect(placeholder.blob == nil && placeholder.inline == true && placeholder.data == nil)
    }

    @Test func `a memory without derivatives has the reason`() {
        let memory = Memory(
            id: MemoryId(Records.id), capsule: Records.capsule, creator: Principal("ann"),
            details: MemoryDetails(thumbHash: [1, 2]), createdAt: Records.createdAt, assets: [],
            derivationError: "it is no picture")
        let document = MemoryDocument(memory)
        #expect(document.state == .originalOnly && document.reason == "it is no picture")
        #expect(document.thumbhash?.bytes == [1, 2] && document.takenAt == nil)
    }

    @Test func `inline assets include their bytes on request`() throws {
        let document = MemoryDocument(memory(), includesInline: true)
        #expect(document.assets.map(\.data?.bytes) == [nil, Self.inline, []])
        let json = String(decoding: try NativeJSON.encode(document), as: UTF8.self)
        #expect(json.contains(#""data":"AQID""#))
        #expect(try NativeJSON.decode(MemoryDocument.self, from: Array(json.utf8)) == document)
    }

    @Test func `an asset is found by its id, or by its kind, and then the first`() {
        let document = MemoryDocument(memory())
        #expect(document.asset("placeholder") == document.assets[1])
        #expect(document.asset(document.assets[2].id) == document.assets[2])
        #expect(document.asset("thumb") == nil)
    }
}
