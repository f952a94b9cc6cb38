import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

@Suite struct GarbageTests {
    @Test func `postponed garbage is listed after all other, also after the store was opened again`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        var keys: [ObjectKey] = []
        for number in 1...4 {
            try await catalogue.begin(.of(number))
            keys += try await catalogue.abort(number)
        }
        try await catalogue.postponeGarbage([keys[1], ObjectKey(Digest(of: [9])), keys[0]])
        #expect(try await catalogue.garbage(limit: 2) == [keys[2], keys[3]])
        await catalogue.close()

        catalogue = try await store.open()
        try await catalogue.begin(.of(5))
        keys += try await catalogue.abort(5)
        #expect(try await catalogue.garbage(limit: 9) == [keys[2], keys[3], keys[1], keys[0], keys[4]])
        try await catalogue.postponeGarbage([keys[1]])
        try await catalogue.forgetGarbage([keys[0], keys[2]])
        #expect(try await catalogue.garbage(limit: 9) == [keys[3], keys[4], keys[1]])
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }
}
