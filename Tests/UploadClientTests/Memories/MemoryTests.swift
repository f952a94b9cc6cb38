import HTTPTypes
import NativeWire
import Testing
import UploadClient
import UploadCore
import UploadMemories
import UploadTestKit

@Suite struct MemoryTests {
    private func memory(_ title: String) -> NewMemoryDocument {
        NewMemoryDocument(
            title: title,
            inlineAssets: [
                NewInlineAssetDocument(kind: "placeholder", type: "image/webp", data: WireBytes(content(2000)))
            ])
    }

    @Test func `a memory whose response is lost is created once`() async throws {
        let fixture = try Fixture()
        fixture.server.fail { $0.count == 1 ? .answerLost : nil }
        let made = try await fixture.client().createMemory(memory("a"))
        #expect(made.title == "a" && made.capsule == "default")
        #expect(fixture.server.memories.map(\.document) == [made])
        #expect(fixture.server.calls.count == 2)
    }

    @Test func `two calls without a key make two memories, with one key they make one`() async throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let first = try await client.createMemory(memory("a"))
        #expect(try await client.createMemory(memory("a")) != first)
        let keyed = try await client.createMemory(memory("b"), key: "key")
        #expect(try await client.createMemory(memory("b"), key: "key") == keyed)
        #expect(fixture.server.memories.count == 3)
    }

    @Test(arguments: [0, 1, 2, 5]) func `the memories of a capsule come page by page, each once`(
        _ count: Int
    ) async throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        for number in 0..<count { _ = try await client.createMemory(memory("\(number)"), in: "capsule") }
        let expected = (0..<count).map(String.init)
        for order in MemoryQuery.Order.allCases {
            var titles: [String] = []
            for try await memory in client.memories(in: "capsule", order: order) { titles.append(memory.title) }
            #expect(titles == (order.order.isNewestFirst ? expected.reversed() : expected))
        }
        var others: [MemoryDocument] = []
        for try await memory in client.memories() { others.append(memory) }
        #expect(others == [])
    }

    @Test func `pages are fetched on demand`() async throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        for number in 0..<5 { _ = try await client.createMemory(memory("\(number)")) }
        let before = fixture.server.calls.count
        var memories = client.memories().makeAsyncIterator()
        #expect(fixture.server.calls.count == before)
        for _ in 0..<2 { _ = try await memories.next() }
        #expect(fixture.server.calls.count == before + 1)
        while try await memories.next() != nil {}
        #expect(try await memories.next() == nil)
        #expect(fixture.server.calls.count == before + 3)
    }

    @Test func `a patch changes only its fields`() async throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let id = try await client.createMemory(memory("a")).id
        let changed = try await client.updateMemory(id, MemoryPatchDocument(title: .set("b"), tags: .set(["c"])))
        #expect(changed.title == "b" && changed.tags == ["c"])
        #expect(try await client.memory(id) == changed)
    }

    @Test func `a deletion whose response is lost succeeds, and deleting a missing memory fails`() async throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let id = try await client.createMemory(memory("a")).id
        fixture.server.fail { $0.method == .delete && $0.count == 1 ? .answerLost : nil }
        try await client.deleteMemory(id)
        #expect(fixture.server.memories.isEmpty)
        fixture.server.fail { _ in nil }
        #expect(try await refusal { try await client.deleteMemory(id) }.code == .notFound)
    }

    @Test func `an asset is downloaded by its kind, over connections that break`() async throws {
        let fixture = try Fixture()
        let client = try fixture.client()
        let id = try await client.createMemory(memory("a")).id
        fixture.server.fail { $0.path.contains("/assets/") && $0.count < 3 ? .answerCut(after: 800) : nil }
        let asset = try await client.getAsset("placeholder", of: id, to: fixture.path("out"))
        #expect(asset.kind == "placeholder" && asset.size == 2000)
        #expect(TestFiles.read(fixture.path("out")) == content(2000))
        #expect(
            try await refusal { try await client.getAsset("thumb", of: id, to: fixture.path("x")) }.code == .notFound)
    }
}
