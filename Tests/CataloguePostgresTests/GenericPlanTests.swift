@testable import CataloguePostgres
import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

/// Generic plans: PostgreSQL may take them from the sixth execution of a prepared statement on, and is told to take them from
/// the first.
@Suite(.serialized) struct GenericPlanTests {
    /// Rows in all tables that grow with uploads and memories, which no trigger counts.
    private static let fill = """
        SET session_replication_role = replica;
        INSERT INTO capsules (id, title, owner, is_default, created_at)
            SELECT decode(md5('capsule ' || n), 'hex'), '', 'owner ' || n, true, n FROM generate_series(1, 20000) AS n;
        INSERT INTO members SELECT id, 'member', 1 FROM capsules;
        INSERT INTO links (id, capsule, title, created_at, expires_at, types)
            SELECT id, id, '', 0, 9000000000000 + created_at, '' FROM capsules;
        INSERT INTO uploads (
            id, state, state_at, capsule, caller, is_partial, storage, is_concatenation, length, appended, chunk_size,
            created_at, last_seen, provisional_memory, digest, content_type, name, opaque, recipe)
        SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), n % 2, CASE n % 2 WHEN 1 THEN n END,
            decode(md5('capsule ' || n / 5), 'hex'), 'owner ' || n / 5, n % 10 = 3, 0, n % 10 = 5, 10, 0, 10, n, n, 'memory',
            CASE n % 2 WHEN 1 THEN sha256(n::text::bytea) END, 'image/jpeg', 'picture', '', nullif(n % 2, 0)
        FROM generate_series(1, 100000) AS n;
        INSERT INTO derivations (upload, id, capsule, caller, state, due_at, memory)
            SELECT seq, id, capsule, caller, (seq % 4 <> 1)::int, seq, id FROM uploads WHERE state = 1;
        INSERT INTO receipts (object, start, stop, key, upload)
            SELECT sha256(id), 0, 10, sha256(sha256(id)), seq FROM uploads;
        INSERT INTO parts SELECT seq, part, seq - 2 FROM uploads, generate_series(0, 1) AS part WHERE is_concatenation;
        INSERT INTO concatenations SELECT seq, '', 0, 0, 0, 20 FROM uploads WHERE is_concatenation;
        INSERT INTO bytes SELECT seq, 0, '' FROM uploads;
        INSERT INTO checksums SELECT seq, 0, '' FROM uploads;
        INSERT INTO ledger SELECT seq, 0, '' FROM uploads WHERE state = 0;
        INSERT INTO chunk_digests SELECT seq, 0, '' FROM uploads WHERE state = 0;
        INSERT INTO garbage (key) SELECT sha256(('garbage ' || n)::bytea) FROM generate_series(1, 20000) AS n;
        INSERT INTO announcements SELECT sha256(('announced ' || n)::bytea) FROM generate_series(1, 20000) AS n;
        INSERT INTO memories (id, capsule, creator, fingerprint, created_at, type, title, text)
            SELECT id, capsule, caller, '', seq, 'photo', '', '' FROM uploads WHERE state = 1;
        INSERT INTO tags SELECT seq, 0, 'tag' FROM memories;
        INSERT INTO assets (memory, id, kind, content_type, size, digest, blob)
            SELECT seq, id, 'original', 'image/jpeg', 10, '', id FROM memories;
        INSERT INTO publications (upload) SELECT seq FROM uploads WHERE state = 1;
        INSERT INTO unpublished SELECT 'object ' || n FROM generate_series(1, 20000) AS n;
        INSERT INTO usage_shards SELECT owner, 10, 10, 1, 1, 1, 10 FROM capsules ON CONFLICT DO NOTHING;
        INSERT INTO active_shards SELECT id, owner, 1 FROM capsules;
        ANALYZE
        """

    @Test func `no statement has a generic plan that scans a large table`() async throws {
        try await TestDatabase.with { database in
            try await database.sql("ALTER DATABASE \(database.name) SET plan_cache_mode = force_generic_plan")
            let fixture = try await Fixture(database, [try await database.open()])
            await fixture.catalogue.close()
            try await database.sql(Self.fill)
            // One connection: what it has used twice, it has prepared.
            let catalogue = try await database.open { $0.connectionsMax = 1 }
            let large = Fixture(database, [catalogue], capsule: fixture.capsule)
            for _ in 0..<3 { try await GenericPlanTests.callEverything(large) }
            let (count, scanning) = try await catalogue.read { queries throws(UploadError) in
                try queries.connection.statementsThatScan()
            }
            #expect(count > 90)
            for statement in scanning { Issue.record("\(statement)") }
            await catalogue.close()
        }
    }
}

// MARK: - The calls

extension GenericPlanTests {
    private static func callEverything(_ fixture: Fixture) async throws {
        try await upload(fixture)
        try await concatenate(fixture)
        try await derive(fixture)
        try await list(fixture)
        try await sweep(fixture)
        try await publish(fixture)
    }

    private static func upload(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let quotas = Quotas(standardBytes: 1 << 40)
        let id = try await fixture.begin(fixture.draft(key: "key", quotas: quotas)).id
        _ = try await fixture.begin(fixture.draft(key: "key"))
        let receipt = fixture.receipt(0..<10, "segment of \(id.text)")
        try await catalogue.announce([receipt.key])
        try await catalogue.record(
            DurablePiece(.chunk(index: 0), receipts: [receipt], digest: Digest(of: [1])), of: id, seen: fixture.time(1))
        _ = try await catalogue.chunkDigest(0, of: id)
        _ = try await catalogue.uses(of: [receipt.key])
        _ = try await catalogue.checksums(of: id, in: 0..<10)
        _ = try await catalogue.findPending(
            capsule: fixture.capsule.id, caller: Principal("ada"), key: IdempotencyKey(bytes: Array("key".utf8)))
        try await catalogue.touch([id: fixture.time(5)])
        try await fixture.commit(id, length: 25)
        _ = try await catalogue.upload(id)
        _ = try await catalogue.blob(BlobId(id))
        _ = try await catalogue.summary(of: BlobId(id))
        _ = try await catalogue.deleteBlob(BlobId(id), at: fixture.time(2), checkAccess: admitAll)
        _ = try await catalogue.claim(try await fixture.begin(fixture.draft(isAppend: true)).id)
        let small = try await fixture.begin(fixture.draft(content: [1, 2, 3])).id
        _ = try await catalogue.catalogueBytes(small, 0..<3)
        _ = try await catalogue.deleteBlob(BlobId(small), at: fixture.time(2), checkAccess: admitAll)
    }

    private static func concatenate(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let parts = [try await fixture.committedPart().id, try await fixture.committedPart().id]
        let whole = try await fixture.begin(fixture.draft(parts: parts)).id
        _ = try await catalogue.pendingConcatenations(of: parts[0])
        _ = try await catalogue.partsStatus(of: whole)
        try await fixture.commit(whole, length: 50)
        _ = try await catalogue.extentsOfParts(whole)
        _ = try await catalogue.wholeDigest(of: whole)
        _ = try await fixture.end(parts[0])
        _ = try await catalogue.deleteBlob(BlobId(whole), at: fixture.time(2), checkAccess: admitAll)
    }

    private static func derive(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let id = try await fixture.begin(fixture.draft(recipe: .photo)).id
        try await fixture.commit(id, length: 25)
        for caller in [nil, Principal("owner 7")] {
            _ = try await catalogue.dueDerivations(at: fixture.time(9), after: caller, excluding: [], limit: 4)
        }
        _ = try await catalogue.startDerivation(of: id)
        for attempt in [1, nil] {
            try await catalogue.postponeDerivation(
                of: id, attempt: attempt, until: fixture.time(5), reason: "later", takesAttemptBack: true)
        }
        _ = try await catalogue.derivation(of: id)
        _ = try await catalogue.countPendingDerivations(in: fixture.capsule.id)
        _ = try await catalogue.deleteBlob(BlobId(id), at: fixture.time(2), checkAccess: admitAll)
        let memory = try await fixture.memoryOfBlob()
        _ = try await catalogue.memory(memory)
        _ = try await catalogue.updateMemory(memory, checkAccess: admitAll) { _ in }
        _ = try await catalogue.deleteMemory(memory, withBlobs: true, at: fixture.time(3), checkAccess: admitAll)
    }

    private static func list(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let (capsule, owner) = (fixture.capsule.id, Principal("ada"))
        for state in [nil, .pending, .committed, .aborted] as [UploadFilter.State?] {
            for capsule in [nil, capsule] {
                _ = try await catalogue.uploads(UploadFilter(state: state, capsule: capsule), after: nil, limit: 10)
            }
        }
        _ = try await catalogue.blobs(BlobFilter(capsule: capsule), after: nil, limit: 10)
        _ = try await catalogue.blobs(withDigests: [Digest(of: [1]), Digest(of: [2])], in: capsule, andThoseOf: owner)
        for state in [nil, .pending] as [Derivation.State?] {
            _ = try await catalogue.derivations(in: capsule, state: state, order: .newestFirst, after: nil, limit: 10)
        }
        for order in [MemoryOrder.oldestFirst, .newestFirst] {
            _ = try await catalogue.memories(in: capsule, after: nil, order: order, limit: 10)
        }
        _ = try await catalogue.capsules(of: owner, after: nil, limit: 10)
        _ = try await catalogue.links(in: capsule, checkAccess: admitAll)
        _ = try await catalogue.usage(of: owner)
        _ = try await catalogue.usages(after: owner, limit: 10)
        _ = try await catalogue.countActive(capsule: capsule, caller: owner)
        _ = try await catalogue.recordedSegments(after: fixture.key("first"), limit: 10)
        for role in [Role.reader, nil] {
            try await catalogue.setRole(
                role, of: Principal("zoe"), in: capsule, membersMax: 1 << 20, checkAccess: admitAll)
        }
        let (ticket, now) = (fixture.key("ticket").digest, fixture.time(0))
        try await catalogue.createDownload(
            DownloadGrant(blobs: [], archive: nil, principal: owner), key: ticket, lifetimeMilliseconds: 600_000,
            callerMax: 9, totalMax: 1 << 20, at: now)
        _ = try await catalogue.download(ticket, at: now)
        _ = try await catalogue.endDownload(ticket, at: now)
    }

    private static func sweep(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        _ = try await catalogue.lastSeen(before: Timestamp(milliseconds: 10), limit: 10)
        _ = try await catalogue.pendingLastSeen(
            before: Timestamp(milliseconds: 500), of: Principal("owner 2"), limit: 10)
        _ = try await catalogue.removeEnded(before: fixture.time(9), limit: 10)
        _ = try await catalogue.removeLinks(expiredBefore: fixture.time(9), limit: 10)
        let keys = try await catalogue.garbage(limit: 10)
        try await catalogue.postponeGarbage(Array(keys.prefix(5)))
        try await catalogue.forgetGarbage(Array(keys.suffix(5)))
        _ = try await catalogue.unknownSegments(among: keys)
    }

    private static func publish(_ fixture: Fixture) async throws {
        let catalogue = fixture.catalogue
        let publication = try #require(try await catalogue.startPublication { "object of \($0.upload.text)" })
        try await catalogue.renew(publication, multipart: "multipart")
        try await catalogue.finish(publication)
        _ = try await catalogue.publishedName(of: publication.upload)
        _ = try await catalogue.finishedPublications(after: nil, limit: 10)
        for object in try await catalogue.unpublished(limit: 2) { try await catalogue.forget(object) }
    }
}

extension Connection {
    /// The prepared statements of the session, and the plans of those that scan a table of many rows.
    fileprivate func statementsThatScan() throws(UploadError) -> (count: Int, scanning: [String]) {
        let prepared = try all(
            """
            SELECT name, statement, array_to_string(array_fill('NULL'::text, ARRAY[cardinality(parameter_types)]), ', ')
            FROM pg_prepared_statements WHERE name LIKE 'wharf%'
            """
        ) { row throws(UploadError) in
            (name: try row.next(String.self), text: try row.next(String.self), nulls: try row.next(String.self))
        }
        let large = try all("SELECT relname::text FROM pg_class WHERE relkind = 'r' AND reltuples >= 10000") {
            row throws(UploadError) in try row.next(String.self)
        }
        var scanning: [String] = []
        for statement in prepared {
            let lines = try all("EXPLAIN EXECUTE \(statement.name) (\(statement.nulls))") { row throws(UploadError) in
                try row.next(String.self)
            }
            let scans = lines.filter { line in large.contains { line.contains("Seq Scan on \($0) ") } }
            if !scans.isEmpty { scanning.append(statement.text + "\n" + lines.joined(separator: "\n")) }
        }
        return (prepared.count, scanning)
    }
}
