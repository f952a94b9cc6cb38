import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

@Suite struct OpeningTests {
    let store: TemporaryStore

    init() throws {
        store = try TemporaryStore()
    }

    @Test(arguments: [Durability.powerLoss, .processCrash])
    func `what was recorded is there after the store was closed and opened again`(_ durability: Durability) async throws
    {
        var catalogue = try await store.open(durability).withCapsule()
        try await catalogue.setRole(.reader, of: Principal("ben"), in: letters.id, checkAccess: admitAll)
        try await catalogue.begin(.of(1, key: "key"))
        try await catalogue.record(DurablePiece(.chunk(index: 2)), of: id(1), seen: time(5))
        try await catalogue.begin(.of(2, content: [1, 2, 3]))
        try await catalogue.begin(.of(3))
        let garbage = try await catalogue.abort(3)
        await catalogue.close()

        catalogue = try await store.open(durability)
        #expect(try await catalogue.capsule(letters.id)?.readers == [Principal("ben")])
        let pending = try #require(try await catalogue.upload(id(1)))
        #expect(pending.session.pieces.ranges() == [2...2])
        #expect(pending.session.meta.lastSeen == time(5))
        #expect(pending.meta.idempotencyKey == IdempotencyKey(bytes: Array("key".utf8)))
        #expect(try await catalogue.catalogueBytes(id(2), 0..<10) == [1, 2, 3])
        #expect(try await catalogue.blob(BlobId(id(2)))?.blob.size == 3)
        #expect(try await catalogue.upload(id(3))?.session.meta.status == .aborted(at: time(20)))
        #expect(try await catalogue.garbage(limit: 10) == garbage)
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test func `a second catalogue on the same file is refused, until the first one is closed`() async throws {
        let first = try await store.open().withCapsule()
        #expect(await refusal { () throws(UploadError) in try await store.open() } == .storeLocked)
        await first.close()
        let second = try await store.open()
        #expect(try await second.capsule(letters.id) == letters)
        await second.close()
    }

    @Test func `the file says whose it is and which format it has`() async throws {
        await (try await store.open()).close()
        #expect(try store.number("PRAGMA application_id") == 0x5768_7266)
        #expect(try store.number("PRAGMA user_version") == Int64(Format.current.version))
        #expect(try store.number("PRAGMA page_size") == 4096)
    }

    @Test func `a newer format is refused with both versions, and left as it is`() async throws {
        await (try await store.open()).close()
        try store.run("PRAGMA user_version = 99")
        let error = await #expect(throws: UploadError.self) { try await store.open() }
        #expect(error?.reason == .unsupportedFormat(found: 99, supported: Format.current.version))
        #expect(try store.number("PRAGMA user_version") == 99)
    }

    @Test func `somebody else's database is refused, whatever marks it`() async throws {
        for script in ["CREATE TABLE theirs (a)", "DROP TABLE theirs; PRAGMA application_id = 7"] {
            try store.run(script)
            #expect(await refusal { () throws(UploadError) in try await store.open() } == .storeCorrupt)
            #expect(try store.number("SELECT count(*) FROM sqlite_schema WHERE name = 'uploads'") == 0)
        }
    }

    @Test func `a file that is no database is refused`() async throws {
        try store.write(Array(repeating: 7, count: 8192))
        #expect(await refusal { () throws(UploadError) in try await store.open() } == .storeCorrupt)
    }

    @Test func `a store whose making was interrupted is made again`() async throws {
        try store.run("PRAGMA journal_mode = WAL")
        let catalogue = try await store.open().withCapsule()
        #expect(try await catalogue.capsule(letters.id) == letters)
        await catalogue.close()
    }

    @Test func `a directory that does not exist is unavailable`() async throws {
        let pool = store.pool
        let path = store.path + "/missing/catalogue"
        let code = await refusal { () throws(UploadError) in
            try await CatalogueSQLite(path: path, pool: pool, durability: .powerLoss)
        }
        #expect(code == .unavailable)
    }

    @Test func `a closed catalogue is unavailable, and closing it again is fine`() async throws {
        let catalogue = try await store.open().withCapsule()
        await catalogue.close()
        await catalogue.close()
        #expect(await refusal { () throws(UploadError) in try await catalogue.capsule(letters.id) } == .unavailable)
        #expect(await refusal { () throws(UploadError) in try await catalogue.begin(.of(1)) } == .unavailable)
    }

    @Test func `what was asked for before the close is done before it`() async throws {
        let catalogue = try await store.open().withCapsule()
        async let begun = refusal { () throws(UploadError) in try await catalogue.begin(.of(1)) }
        async let closed: Void = catalogue.close()
        let outcome = await (begun, closed)
        let again = try await store.open()
        #expect(try await again.upload(id(1)) != nil || outcome.0 == .unavailable)
        await again.close()
    }
}
