@testable import CataloguePostgres
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@Suite struct OpeningTests {
    /// A database without tables.
    private func withEmptyDatabase(_ body: (TestDatabase) async throws -> Void) async throws {
        let server = try await PostgresServer.shared.value
        let database = TestDatabase(server: server, name: "empty_\(server.nextNumber())")
        try await server.sql("CREATE DATABASE \(database.name)")
        try await body(database)
        try await server.sql("DROP DATABASE \(database.name) WITH (FORCE)")
    }

    @Test func `engines that open an empty database at the same time create its tables once`() async throws {
        try await withEmptyDatabase { database in
            let catalogues = try await together(6) { _ in try await database.open() }
            #expect(try await database.sql("SELECT format FROM wharf_store") == ["\(Format.current.version)"])
            let secrets = try await together(6) { try await catalogues[$0].linkSecret() }
            #expect(Set(secrets.map(\.bytes)).count == 1)
            for catalogue in catalogues { await catalogue.close() }
        }
    }

    @Test func `tables of a newer release are refused and stay as they are`() async throws {
        try await TestDatabase.with { database in
            try await database.sql("UPDATE wharf_store SET format = 9")
            await #expect(throws: UploadError(.unsupportedFormat(found: 9, supported: Format.current.version))) {
                try await database.open()
            }
            #expect(try await database.sql("SELECT format FROM wharf_store") == ["9"])
        }
    }

    @Test func `a migration that fails changes nothing, and the next one succeeds`() async throws {
        try await withEmptyDatabase { database in
            let broken = Format(migrations: Format.current.migrations + [["CREATE TABLE extra ()", "SELECT 1 / 0"]])
            await #expect(throws: UploadError.self) {
                try await CataloguePostgres(database.settings(), format: broken)
            }
            #expect(try await database.sql("SELECT to_regclass('wharf_store') IS NULL") == ["t"])
            let added = Format(migrations: Format.current.migrations + [["CREATE TABLE extra ()"]])
            try await database.open().close()
            try await CataloguePostgres(database.settings(), format: added).close()
            #expect(try await database.sql("SELECT format FROM wharf_store") == ["\(added.version)"])
        }
    }

    @Test func `a database of format 1 is brought up to date beside an engine that is at work`() async throws {
        try await withEmptyDatabase { database in
            let older = try await CataloguePostgres(database.settings(), format: Format(migrations: [Format.schema1]))
            let newer = try await database.open()
            let (key, now) = (Digest(of: [1]), Timestamp(milliseconds: 0))
            let grant = DownloadGrant(blobs: [], archive: nil, principal: Principal("ada"))
            for catalogue in [newer, older] {
                try await catalogue.createDownload(
                    grant, key: catalogue === newer ? key : Digest(of: [2]), lifetimeMilliseconds: 600_000,
                    callerMax: 9, totalMax: 9, at: now)
                #expect(try await catalogue.download(key, at: now) == grant)
                #expect(try await catalogue.problems() == [])
            }
            await newer.close()
            await older.close()
        }
    }

    @Test func `an engine of format 2 at work has its blobs published, and their objects removed`() async throws {
        try await withEmptyDatabase { database in
            let older = try await CataloguePostgres(
                database.settings(), format: Format(migrations: [Format.schema1, Format.schema2]))
            let newer = try await database.open()
            try await newer.beginPublishing()
            let fixture = try await Fixture(database, [older])
            let id = try await fixture.begin(fixture.draft()).id
            try await fixture.commit(id, length: 25)
            let publication = try #require(try await newer.startPublication { "object of \($0.upload.text)" })
            try await newer.finish(publication)
            _ = try await older.deleteBlob(BlobId(id), at: fixture.time(2), checkAccess: admitAll)
            #expect(try await newer.unpublished(limit: 9).map(\.name) == ["object of \(id.text)"])
            #expect(try await newer.problems() == [])
            await newer.close()
            await older.close()
        }
    }

    private static let format3 = Format(migrations: [Format.schema1, Format.schema2, Format.schema3])

    @Test func `an engine of format 3 at work reads and changes the sums of usage as before`() async throws {
        try await withEmptyDatabase { database in
            var settings = database.settings()
            settings.connectionsMax = 1
            let older = try await CataloguePostgres(settings, format: Self.format3)
            let fixture = try await Fixture(database, [older])
            let owner = fixture.capsule.owner
            /// What an engine does with the sums, so often that its statements are prepared.
            func use(_ engine: CataloguePostgres) async throws -> Usage {
                var usage = Usage()
                for _ in 0..<4 {
                    let id = try await engine.begin(fixture.draft(activeMax: 1), checkAccess: admitAll).record.id
                    #expect(
                        await refusal { () throws(UploadError) in
                            try await engine.begin(fixture.draft(activeMax: 1), checkAccess: admitAll)
                        } == .tooMany)
                    _ = try await engine.commit(
                        id, length: 25, digest: fixture.digest, at: fixture.time(1), checkAccess: admitAll)
                    usage = try await engine.usage(of: owner)
                    #expect(try await engine.totalUsage() == usage)
                    let all = [PrincipalUsage(principal: owner, usage: usage)]
                    #expect(try await engine.usages(after: nil, limit: 9) == all)
                    #expect(try await engine.usages(after: Principal("a"), limit: 9) == all)
                    #expect(try await engine.usages(after: owner, limit: 9) == [])
                    #expect(try await engine.problems() == [])
                }
                return usage
            }
            #expect(try await use(older).storedBytes == 100)
            let newer = try await database.open()
            #expect(try await use(older).storedBytes == 200)
            #expect(try await use(newer).storedBytes == 300)
            #expect(try await use(older).storedBytes == 400)
            await newer.close()
            await older.close()
        }
    }

    @Test func `uploads to an engine of format 3 go on while the database is migrated`() async throws {
        try await withEmptyDatabase { database in
            let older = try await CataloguePostgres(database.settings(), format: Self.format3)
            let fixture = try await Fixture(database, [older])
            let isMigrated = Atomic(false)
            /// Uploads of each caller, until the database is migrated.
            async let uploads = together(8) { number in
                var count = 0
                repeat {
                    if number % 2 == 0 {
                        _ = try await fixture.begin(fixture.draft(content: [1]))
                    } else {
                        let id = try await fixture.begin(fixture.draft()).id
                        _ = try await fixture.commit(id, length: 25)
                    }
                    count += 1
                } while !isMigrated.load(ordering: .relaxed)
                return number % 2 == 0 ? count : 25 * count
            }
            try await eventually("uploads are under way") { try await older.countByStatus().committed > 20 }
            let newer: CataloguePostgres
            do {
                defer { isMigrated.store(true, ordering: .relaxed) }
                newer = try await database.open()
            }
            let bytes = try await uploads.reduce(0, +)
            #expect(try await newer.usage(of: fixture.capsule.owner).storedBytes == UInt64(bytes))
            #expect(try await newer.problems() == [])
            await newer.close()
            await older.close()
        }
    }

    @Test func `an engine of format 3 goes on beside one that records the mark of the bucket`() async throws {
        try await withEmptyDatabase { database in
            let older = try await CataloguePostgres(database.settings(), format: Self.format3)
            let state = MaintenanceState()
            try await older.setMaintenanceState(state)
            let newer = try await database.open()
            let mark = ObjectsMark.random()
            #expect(try await newer.record(mark) == mark)
            try await older.setMaintenanceState(state)
            #expect(try await older.maintenanceState() == state)
            #expect(try await newer.record(ObjectsMark.random()) == mark)
            #expect(try await newer.objectsMark() == mark)
            await newer.close()
            await older.close()
        }
    }

    @Test func `a database of another application is refused`() async throws {
        try await withEmptyDatabase { database in
            try await database.sql("CREATE TABLE uploads (id int)")
            #expect(await refusal { () throws(UploadError) in try await open(database.settings()) } == .storeCorrupt)
        }
    }

    @Test func `a server that cannot be reached is unavailable`() async throws {
        let settings = PostgresSettings(connection: "host=/nonexistent dbname=wharf")
        #expect(await refusal { () throws(UploadError) in try await open(settings) } == .unavailable)
    }

    @Test(arguments: [0, 1001]) func `the number of connections is limited`(_ count: Int) async throws {
        var settings = PostgresSettings(connection: "")
        settings.connectionsMax = count
        #expect(await refusal { () throws(UploadError) in try await open(settings) } == .invalidArgument)
    }

    @Test func `a server that loses commits with the power is refused`() async throws {
        try await TestDatabase.with { database in
            var settings = database.settings()
            settings.durability = .powerLoss
            #expect(await refusal { () throws(UploadError) in try await open(settings) } == .invalidArgument)
        }
    }

    private func open(_ settings: PostgresSettings) async throws(UploadError) {
        await (try CataloguePostgres(settings)).close()
    }
}

@Suite struct ServerDurabilityTests {
    private static let safe: [ServerDurability] = [
        ServerDurability(),
        ServerDurability(synchronousStandbys: "*", standbys: 2),
        // A configured standby that is away keeps commits waiting, which loses nothing.
        ServerDurability(synchronousStandbys: "*"),
        ServerDurability(
            synchronousCommit: "remote_apply", synchronousStandbys: "ANY 1 (a, b)", standbys: 2),
    ]

    @Test(arguments: safe) func `a server that keeps what it acknowledges has no warnings`(
        _ server: ServerDurability
    ) throws {
        #expect(try server.warnings(.powerLoss, .requireSynchronous) == [])
    }

    private static let fallible: [ServerDurability] = [
        ServerDurability(standbys: 1),
        ServerDurability(hiddenFollowers: 1),
        ServerDurability(synchronousCommit: "local", synchronousStandbys: "*", standbys: 1),
        ServerDurability(synchronousCommit: "remote_write", synchronousStandbys: "*", standbys: 1),
    ]

    @Test(arguments: fallible) func `a fail-over that undoes commits is refused, or warned of`(
        _ server: ServerDurability
    ) throws {
        #expect(throws: UploadError.self) { try server.warnings(.powerLoss, .requireSynchronous) }
        #expect(try server.warnings(.powerLoss, .warn).count == 1)
    }

    @Test func `nothing but the durability of a process excuses a server that does not sync`() throws {
        for server in [
            ServerDurability(fsync: false), ServerDurability(fullPageWrites: false),
            ServerDurability(synchronousCommit: "off"),
        ] {
            #expect(throws: UploadError.self) { try server.warnings(.powerLoss, .warn) }
            #expect(try server.warnings(.processCrash, .requireSynchronous) == [])
        }
    }

    @Test func `another encoding is refused`() {
        #expect(throws: UploadError.self) { try ServerDurability(encoding: "LATIN1").warnings(.processCrash, .warn) }
    }
}
