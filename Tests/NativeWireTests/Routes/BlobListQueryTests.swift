import NativeWire
import Testing
import UploadCore

struct BlobListQueryTests {
    private func filter(_ parameters: [String: String]) throws -> BlobFilter {
        try BlobListQuery.filter(Records.capsule) { parameters[$0] }
    }

    @Test func `a list without parameters has everything, the newest first`() throws {
        #expect(try filter([:]) == BlobFilter(capsule: Records.capsule))
    }

    @Test func `names, the order and the memory select`() throws {
        let all = try filter(["name": "a", "prefix": "b", "order": "oldest", "memory": "none"])
        #expect(
            all
                == BlobFilter(
                    capsule: Records.capsule, order: .oldestFirst, nameContains: "a", namePrefix: "b",
                    isInNoMemory: true))
        expectInvalid("memory") { _ = try filter(["memory": "any"]) }
        expectInvalid("order") { _ = try filter(["order": "name"]) }
    }
}
