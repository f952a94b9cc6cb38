import CataloguePostgres
import SessionCore
import Testing
import UploadCore

@Suite struct DownloadTests {
    @Test func `every engine serves a download for its lifetime, which the server's clock measures`() async throws {
        try await TestDatabase.with { database in
            let (first, second) = (try await database.open(), try await database.open())
            let grant = DownloadGrant(blobs: [], archive: "photos.zip", principal: Principal("ada"))
            let keys = [Digest(of: [1]), Digest(of: [2])]
            // The clocks of engines may be days apart.
            let (early, late) = (Timestamp(milliseconds: 0), Timestamp(milliseconds: 1_000_000_000_000))
            for (key, now) in zip(keys, [early, late]) {
                try await first.createDownload(
                    grant, key: key, lifetimeMilliseconds: 600_000, callerMax: 2, totalMax: 2, at: now)
            }
            for key in keys { #expect(try await second.download(key, at: late) == grant) }
            #expect(try await second.endDownload(keys[0], at: early))
            #expect(try await first.download(keys[0], at: early) == nil)
            try await database.sql("UPDATE downloads SET expires_at = expires_at - interval '600 seconds'")
            #expect(try await first.download(keys[1], at: early) == nil)
            #expect(try await !first.endDownload(keys[1], at: early))
            try await second.createDownload(
                grant, key: keys[0], lifetimeMilliseconds: 600_000, callerMax: 1, totalMax: 1, at: early)
            #expect(try await database.sql("SELECT count(*) FROM downloads") == ["1"])
            for catalogue in [first, second] { await catalogue.close() }
        }
    }
}
