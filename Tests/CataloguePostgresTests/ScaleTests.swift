import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadTestKit

// One after the other: filling the tables takes long, and keeps a thread of the server that all tests share.
@Suite(.serialized) struct ScaleTests {
    /// Many pending and committed uploads, and as many derivations and memories.
    private static let fill = """
        INSERT INTO uploads (
            id, state, state_at, capsule, caller, is_partial, storage, is_concatenation, length, appended, chunk_size,
            created_at, last_seen, provisional_memory, digest, content_type, name, opaque, recipe)
        SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), n % 2, CASE n % 2 WHEN 1 THEN n END, capsules.id,
            'caller ' || n % 100, false, 0, false, 10, 0, 10, n, n, 'memory',
            CASE n % 2 WHEN 1 THEN sha256(n::text::bytea) END, 'image/jpeg', 'picture', '', nullif(n % 2, 0)
        FROM generate_series(1, 20000) AS n, capsules;
        UPDATE derivations SET state = 1, memory = id WHERE upload % 10 <> 2;
        ANALYZE
        """

    @Test func `no call reads a large table from one end to the other`() async throws {
        // So often that the server keeps plans for any parameters where they are no dearer than others.
        try await requireNoScans(planning: "auto", times: 8) { fixture in try await callEverything(fixture) }
    }

    @Test func `an upload needs no scan of a large table with plans for any parameters`() async throws {
        try await requireNoScans(planning: "force_generic_plan", times: 3) { fixture in try await upload(fixture) }
    }

    /// - Parameter mode: PostgreSQL's setting `plan_cache_mode`.
    private func requireNoScans(
        planning mode: String, times: Int, _ body: (Fixture) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            try await database.sql("ALTER DATABASE \(database.name) SET plan_cache_mode = \(mode)")
            let fixture = try await Fixture(database, [try await database.open()])
            await fixture.catalogue.close()
            try await database.sql(Self.fill)
            let before = try await rowsScanned(database)
            // On one connection, so that statements are prepared.
            let catalogue = try await database.open { $0.connectionsMax = 1 }
            let large = Fixture(database, [catalogue], capsule: fixture.capsule)
            for _ in 0..<times { try await body(large) }
            await catalogue.close()
            // A session counts its scans at its end.
            try await eventually("the sessions have ended") {
                try await database.sql(
                    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ).isEmpty
            }
            #expect(try await rowsScanned(database) == before)
        }
    }

    /// The rows that scans of whole tables have read.
    private func rowsScanned(_ database: TestDatabase) async throws -> [String] {
        try await database.sql(
            """
            SELECT relname || ' ' || seq_tup_read FROM pg_stat_user_tables
            WHERE relname IN ('uploads', 'derivations') ORDER BY relname
            """)
    }

    /// What most calls are.
    private func upload(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let other = try await fixture.begin(fixture.draft(key: "key", isAppend: true)).id
        _ = try await catalogue.claim(other)
        let upload = try await fixture.begin(fixture.draft(recipe: .photo)).id
        let receipt = fixture.receipt(0..<10, "segment of \(upload.text)")
        try await catalogue.announce([receipt.key])
        try await catalogue.record(
            DurablePiece(.chunk(index: 0), receipts: [receipt]), of: upload, seen: fixture.time(1))
        try await catalogue.touch([upload: fixture.time(5)])
        _ = try await catalogue.upload(upload)
        try await fixture.commit(upload, length: 25)
        _ = try await catalogue.blob(BlobId(upload))
        _ = try await catalogue.derivation(of: upload)
    }

    private func callEverything(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let upload = try await fixture.begin(fixture.draft(key: "key", recipe: .photo))
        _ = try await catalogue.begin(fixture.draft(key: "key", recipe: .photo), checkAccess: admitAll)
        _ = try await catalogue.claim(upload.id)
        try await catalogue.touch([upload.id: fixture.time(5)])
        let part = try await fixture.committedPart()
        let whole = try await fixture.begin(fixture.draft(parts: [part.id])).id
        try await fixture.commit(whole, length: 25)
        _ = try await catalogue.blob(BlobId(whole))
        _ = try await catalogue.pendingConcatenations(of: part.id)
        _ = try await fixture.end(part.id)
        for state in [nil, .pending, .committed, .aborted] as [UploadFilter.State?] {
            for capsule in [nil, fixture.capsule.id] {
                _ = try await catalogue.uploads(UploadFilter(state: state, capsule: capsule), after: nil, limit: 10)
            }
        }
        _ = try await catalogue.uploads(
            UploadFilter(state: .pending, caller: Principal("caller 2")), after: nil, limit: 10)
        _ = try await catalogue.blobs(BlobFilter(capsule: fixture.capsule.id), after: nil, limit: 10)
        _ = try await catalogue.blobs(
            withDigests: [Digest(of: [1]), Digest(of: [2])], in: fixture.capsule.id, andThoseOf: Principal("ada"))
        _ = try await catalogue.lastSeen(before: Timestamp(milliseconds: 10), limit: 10)
        _ = try await catalogue.pendingLastSeen(
            before: Timestamp(milliseconds: 500), of: Principal("caller 2"), limit: 10)
        _ = try await catalogue.dueDerivations(at: fixture.time(9), after: nil, excluding: [], limit: 4)
        _ = try await catalogue.dueDerivations(
            at: fixture.time(9), after: Principal("caller 7"), excluding: [], limit: 4)
        _ = try await catalogue.derivations(
            in: fixture.capsule.id, state: .pending, order: .newestFirst, after: nil, limit: 10)
        _ = try await catalogue.removeEnded(before: fixture.time(9), limit: 10)
        _ = try await catalogue.countByStatus()
        _ = try await catalogue.usage(of: Principal("ada"))
    }
}
