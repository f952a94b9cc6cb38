import CataloguePostgres
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit
import Wharf

@testable import WharfCluster

@Suite struct MigrationTests {
    @Test func `a store with everything in it is the same in a cluster`() async throws {
        try await MigrationFixture.with { fixture in
            let report = try await fixture.migrate { $0.verifies = true }
            #expect(report.isFinished && !report.wasFinished)
            #expect(report.damaged == [])
            #expect(report.objects == report.objectsCopied)
            // Those in the catalogue came with the rows, and were compared there.
            #expect(report.objectsVerified > 8 && report.objectsVerified < report.objects)
            #expect(report.rows.filter { $0.count == 0 }.map(\.table) == [])
            try await fixture.requireSame()
        }
    }

    @Test func `uploads go on in the cluster where they were`() async throws {
        try await MigrationFixture.with { fixture in
            _ = try await fixture.migrate()
            let (full, chunk) = (fixture.full, FullStore.chunk)
            try await fixture.withCluster { cluster in
                let uploads = cluster.uploads
                let status = try await uploads.status(of: full.gapped, by: FullStore.anna)
                #expect(status.session.pieces.ranges() == [0...0, 3...3])
                // The same chunk again, and another one in its place.
                let bytes = FullStore.gappedContent
                try await uploads.putChunk(full.gapped, index: 0, bytes[..<chunk], by: FullStore.anna)
                await #expect(throws: UploadError(.chunkConflict(index: 0))) {
                    try await uploads.putChunk(full.gapped, index: 0, content(chunk, seed: 99), by: FullStore.anna)
                }
                for index in [1, 2] {
                    try await uploads.putChunk(
                        full.gapped, index: UInt64(index), bytes[index * chunk..<(index + 1) * chunk],
                        by: FullStore.anna)
                }
                let whole = try await uploads.commit(full.gapped, digest: Digest(of: bytes), by: FullStore.anna)
                #expect(whole.digest == .whole(Digest(of: bytes)))

                let appended = FullStore.appendedContent
                #expect(
                    try await uploads.quiescedStatus(of: full.appended, by: FullStore.anna).session.offset == 123_456)
                try await uploads.append(full.appended, at: 123_456, appended[123_456...], by: FullStore.anna)
                _ = try await uploads.commit(
                    full.appended, digest: Digest(of: appended), length: UInt64(appended.count), by: FullStore.anna)
                var reader = try await uploads.read(BlobId(full.appended), by: FullStore.anna)
                #expect(try await reader.readAll() == appended)

                try await uploads.append(full.small, at: 300, content(500, seed: 7), by: FullStore.ben)
                _ = try await uploads.commit(full.small, by: FullStore.ben)
                let small = FullStore.smallContent
                try await uploads.putChunk(full.smallChunks, index: 1, small[300..<600], by: FullStore.anna)
                await #expect(throws: UploadError(.chunkConflict(index: 1))) {
                    try await uploads.putChunk(full.smallChunks, index: 1, small[..<300], by: FullStore.anna)
                }
                try await uploads.putChunk(full.smallChunks, index: 0, small[..<300], by: FullStore.anna)
                try await uploads.putChunk(full.smallChunks, index: 2, small[600...], by: FullStore.anna)
                _ = try await uploads.commit(full.smallChunks, digest: Digest(of: small), by: FullStore.anna)
                // Keys find the former requests, tokens of links are known, and numbers go on.
                let request = BeginRequest(
                    capsule: full.capsule, asset: AssetMetadata(name: "photo a key.jpg", contentType: "image/jpeg"),
                    layout: .append, length: 700_000, idempotencyKey: IdempotencyKey(bytes: Array("a key".utf8)),
                    derivation: .none)
                #expect(try await uploads.beginUpload(request, by: FullStore.anna).record.id == full.blob)
                #expect(try await uploads.bearer(of: full.link) != nil)
                try await uploads.deleteBlob(BlobId(full.concatenation), by: FullStore.anna)
            }
            let problems = try await CataloguePostgres(fixture.settings)
            #expect(try await problems.problems() == [])
            await problems.close()
        }
    }

    @Test func `a migration that is stopped before any step is continued, and copies nothing twice`() async throws {
        try await MigrationFixture.with { fixture in
            var stop = 0
            let records = Mutex<[SessionId: Int]>([:])
            while true {
                do {
                    // The next call stops after its first step that is new.
                    let report = try await fixture.migrate({ $0.objectsAtOnce = 1 }) { [stop] number, step in
                        if number == (stop == 0 ? 0 : 2) { return true }
                        if case .bytes(let id) = step { records.withLock { $0[id, default: 0] += 1 } }
                        return false
                    }
                    #expect(report.isFinished)
                    break
                } catch let error as MigrationError {
                    #expect(error.code == .cancelled)
                    stop += 1
                    if stop > 1 {
                        await #expect(throws: ClusterStoreError.self) { try await fixture.withCluster { _ in } }
                    }
                }
                #expect(stop < 500)
            }
            #expect(stop > 30)
            let blob = fixture.full.blob
            let length = try await fixture.withStore { store in
                try await store.uploads.sessions.get(blob).session.spec.expectedBytes ?? 0
            }
            let steps = Int((length + 100_002) / 100_003)
            #expect(steps > 4 && records.withLock { $0[blob] } == steps, "some of its bytes were copied again")
            try await fixture.requireSame()
            // Every recorded segment is stored.
            let keys = Set(try await fixture.sql("SELECT encode(key, 'hex') FROM receipts"))
            let stored = fixture.fake.objects.keys.compactMap { $0.split(separator: "/").last.map(String.init) }
            #expect(keys.isSubset(of: stored))
        }
    }

    @Test(arguments: [false, true])
    func `the progress of a continued migration counts what was copied before`(_ isCopied: Bool) async throws {
        try await MigrationFixture.with { fixture in
            let blob = fixture.full.blob
            let steps = Mutex(0)
            // In the middle of an object, or when all are complete.
            await #expect(throws: MigrationError.cancelled) {
                _ = try await fixture.migrate(stops: { _, step in
                    if isCopied { return step == .finish }
                    guard step == .bytes(of: blob) else { return false }
                    return steps.withLock { steps in
                        steps += 1
                        return steps == 3
                    }
                })
            }
            let progress = Mutex(MigrationProgress())
            let report = try await fixture.migrate(
                show: { now in progress.withLock { if now.bytes > $0.bytes { $0 = now } } })
            #expect(report.isFinished && report.bytes > 700_000)
            let shown = progress.withLock { $0.bytes }
            #expect(shown == report.bytes)
        }
    }

    @Test func `a finished migration changes nothing when it is run again`() async throws {
        try await MigrationFixture.with { fixture in
            _ = try await fixture.migrate()
            let deleted = BlobId(fixture.full.concatenation)
            try await fixture.withCluster { try await $0.uploads.deleteBlob(deleted, by: FullStore.anna) }
            let objects = fixture.fake.objects.count
            let report = try await fixture.migrate { $0.verifies = true }
            #expect(report.wasFinished && report.isFinished)
            #expect(report.objectsCopied == 0 && report.objectsVerified == 0 && report.lacksVerification)
            // The probe of the bucket leaves nothing.
            #expect(fixture.fake.objects.count == objects)
            // What was done in the cluster stays.
            try await fixture.withCluster { cluster in
                await #expect(throws: UploadError.self) {
                    try await cluster.uploads.summary(of: deleted, by: FullStore.anna)
                }
            }
        }
    }
}

@Suite struct MigrationRefusalTests {
    private func refusal(_ body: () async throws -> Void) async throws -> MigrationError.Code? {
        do {
            try await body()
            return nil
        } catch let error as MigrationError {
            return error.code
        }
    }

    @Test func `a database with other data is refused`() async throws {
        try await MigrationFixture.with { fixture in
            try await fixture.withCluster { _ = try await $0.uploads.createCapsule(title: "Mine", by: FullStore.anna) }
            #expect(try await refusal { _ = try await fixture.migrate() } == .targetNotEmpty)
            #expect(try await fixture.sql("SELECT to_regclass('wharf_migration') IS NULL") == ["t"])
            #expect(try await fixture.sql("SELECT count(*) FROM capsules") == ["1"])
        }
    }

    @Test func `a store that was changed since the migration began is refused`() async throws {
        try await MigrationFixture.with { fixture in
            #expect(
                try await refusal { _ = try await fixture.migrate(stops: { number, _ in number == 4 }) } == .cancelled)
            try await fixture.withStore { _ = try await $0.uploads.createCapsule(title: "New", by: FullStore.anna) }
            #expect(try await refusal { _ = try await fixture.migrate() } == .storeChanged)
        }
    }

    @Test func `the database of nodes with another bucket stays theirs`() async throws {
        try await MigrationFixture.with { fixture in
            try await fixture.withCluster { _ in }
            let mark = try await fixture.sql("SELECT encode(objects_mark, 'hex') FROM wharf_store")[0]
            try await fixture.sql("UPDATE wharf_store SET objects_mark = decode(md5('other'), 'hex')")
            #expect(try await refusal { _ = try await fixture.migrate() } == .otherBucket)
            #expect(try await fixture.sql("SELECT to_regclass('wharf_migration') IS NULL") == ["t"])
            try await fixture.sql("UPDATE wharf_store SET objects_mark = decode('\(mark)', 'hex')")
            #expect(try await fixture.migrate().isFinished)
        }
    }

    @Test func `another store, and another bucket, are refused`() async throws {
        try await MigrationFixture.with { fixture in
            #expect(
                try await refusal { _ = try await fixture.migrate(stops: { number, _ in number == 4 }) } == .cancelled)
            try await fixture.sql("UPDATE wharf_migration SET objects = 's3://other/'")
            #expect(try await refusal { _ = try await fixture.migrate() } == .otherBucket)
            try await fixture.sql("UPDATE wharf_migration SET store = 'another'")
            #expect(try await refusal { _ = try await fixture.migrate() } == .otherStore)
        }
    }

    @Test func `a bucket of the same name at another endpoint is refused`() async throws {
        try await MigrationFixture.with { fixture in
            #expect(
                try await refusal { _ = try await fixture.migrate(stops: { number, _ in number == 4 }) } == .cancelled)
            try await FakeS3.run(clock: ManualClock(SystemClock().now())) { other in
                let elsewhere = MigrationFixture(
                    directory: fixture.directory, full: fixture.full, server: fixture.server,
                    database: fixture.database, fake: other)
                let code = try await refusal { _ = try await elsewhere.migrate() }
                #expect(code == .otherBucket)
            }
        }
    }

    /// Segments are announced before they are stored.
    @Test(arguments: [
        ("announcements", MigrationError.Code.objectsFailed, "Bytes could not be copied: "),
        ("wharf_migration_objects", .catalogueFailed, "The database failed: "),
    ])
    func `a database that shuts down meanwhile is not taken for a fault of the bucket`(
        _ table: String, _ code: MigrationError.Code, _ message: String
    ) async throws {
        try await MigrationFixture.with { fixture in
            let stopped = try await refusal {
                _ = try await fixture.migrate(stops: { _, step in if case .rows = step { true } else { false } })
            }
            #expect(stopped == .cancelled)
            try await fixture.sql(
                """
                CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN RAISE EXCEPTION 'the database system is shutting down' USING ERRCODE = '57P03'; END $$;
                CREATE TRIGGER stop BEFORE INSERT OR UPDATE ON \(table) EXECUTE FUNCTION stop();
                ALTER TABLE \(table) ENABLE ALWAYS TRIGGER stop
                """)
            let failure = await #expect(throws: MigrationError.self) { _ = try await fixture.migrate() }
            let error = try #require(failure)
            #expect(error.code == code && error.isTemporary && !error.isWrongSetting)
            #expect(error.message.hasPrefix(message) && error.message.contains("is shutting down"))
            #expect(!"\(error.message) \(error.advice)".contains("bucket"))
            try await fixture.sql("DROP TRIGGER stop ON \(table)")
            #expect(try await fixture.migrate().isFinished)
        }
    }

    @Test func `nodes that were open before write nothing until the migration has finished`() async throws {
        try await MigrationFixture.with { fixture in
            try await fixture.withCluster { cluster in
                #expect(
                    try await refusal { _ = try await fixture.migrate(stops: { number, _ in number == 12 }) }
                        == .cancelled)
                await #expect(throws: UploadError.self) {
                    try await cluster.uploads.createCapsule(title: "Too early", by: FullStore.anna)
                }
                let failure = try #require(await cluster.uploads.maintenance.failure())
                #expect(failure.part == .database && failure.cause.code == .unavailable)
                #expect(failure.cause.debugDescription.contains("is being moved into this database"))
                _ = try await fixture.migrate()
                #expect(await cluster.uploads.maintenance.failure() == nil)
                _ = try await cluster.uploads.createCapsule(title: "Now", by: FullStore.anna)
            }
        }
    }

    @Test func `rows that were changed in the database are found`() async throws {
        try await MigrationFixture.with { fixture in
            let stopped = try await refusal {
                _ = try await fixture.migrate(stops: { _, step in
                    if case .bytes = step { true } else { false }
                })
            }
            #expect(stopped == .cancelled)
            try await fixture.sql(
                """
                ALTER TABLE members DISABLE TRIGGER USER;
                UPDATE members SET role = 2 WHERE role = 1;
                ALTER TABLE members ENABLE TRIGGER USER
                """)
            #expect(try await refusal { _ = try await fixture.migrate() } == .rowsDiffer)
        }
    }
}
