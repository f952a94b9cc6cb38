import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadMemories

@Suite struct MemoryQueryTests {
    private func query(_ parameters: [String: String]) throws -> MemoryQuery {
        try MemoryQuery { parameters[$0] }
    }

    @Test func `without parameters the first page begins with the oldest`() throws {
        let query = try query([:])
        #expect(query.order == .oldest && query.cursor == nil && query.limit == 100 && !query.includesInline)
    }

    @Test func `a page is selected by order, cursor, limit and inclusion`() throws {
        let query = try query([
            "order": "newest", "cursor": Records.id.text, "limit": "7", "include": "inline", "state": "anything",
        ])
        #expect(query.order == .newest && query.cursor?.id == MemoryId(Records.id))
        #expect(query.limit == 7 && query.includesInline)
    }

    @Test func `the cursor of an order by capture has the time as well, and is read back`() throws {
        for shownAt in [0, -5, Int64.max, Int64.min] {
            let position = MemoryPosition(id: MemoryId(Records.id), shownAt: shownAt)
            for order in [MemoryQuery.Order.oldestTaken, .newestTaken] {
                let cursor = MemoryQuery.cursor(of: position, in: order)
                #expect(try query(["order": order.rawValue, "cursor": cursor]).cursor == position)
            }
            #expect(MemoryQuery.cursor(of: position, in: .newest) == Records.id.text)
        }
        for cursor in [Records.id.text, Records.id.text + ".", ".5", Records.id.text + ".x", Records.id.text + ".5.5"] {
            expectInvalid("cursor") { _ = try query(["order": "newest_taken", "cursor": cursor]) }
        }
    }

    @Test(arguments: [
        ("order", ""), ("order", "Newest"), ("order", "random"), ("include", ""), ("include", "blobs"),
        ("cursor", "first"), ("limit", "0"), ("limit", "-1"),
    ]) func `an invalid value is refused`(_ name: String, _ value: String) {
        expectInvalid(name) { _ = try query([name: value]) }
    }

    @Test func `the paths of clients have the parameters of the query`() {
        #expect(
            NativePath.memories(in: "c", order: .newest, includesInline: true, cursor: "x", limit: 5)
                == "/v1/capsules/c/memories?order=newest&include=inline&cursor=x&limit=5")
        #expect(NativePath.memories(in: NativePath.defaultCapsule) == "/v1/capsules/default/memories")
        #expect(NativePath.memory("m", includesInline: true) == "/v1/memories/m?include=inline")
        #expect(NativePath.deletion(ofMemory: "m", withBlobs: true) == "/v1/memories/m?assets=delete")
        #expect(NativePath.deletion(ofMemory: "m", withBlobs: false) == "/v1/memories/m")
        #expect(NativePath.asset("my kind/1", of: "m") == "/v1/memories/m/assets/my%20kind%2F1")
        #expect(
            NativePath.removal(ofAsset: "a", of: "m", freeingBlob: true) == "/v1/memories/m/assets/a?blob=delete")
    }
}
