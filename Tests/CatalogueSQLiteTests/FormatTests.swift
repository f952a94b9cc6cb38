import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

@testable import CatalogueSQLite

@Suite struct FormatTests {
    /// A format that was shipped is in stores out there: add a script instead of changing one.
    @Test func `scripts that were shipped are what they were`() {
        let digests = Format.current.migrations.map { Digest(of: Array($0.utf8)).hex }
        #expect(
            digests == [
                "75d850850d2e315cdb4d792fb212751b2fdc74157468ed85c5c24cf964ea923d",
                "190fead8ec332e36a63da1527c09218dcef64fb62b561c5cb280e660a1a3c1d1",
                "dee26c9e0d56b0a956ec01d769b1ab3ef653b7bc6a1c7769cb8bdbae28066451",
                "45d954c9a537333fd7fd863bc28ed177147be539c138284de00f3cb4ff8045d2",
                "ec329787db6abf8d98a149021acd5afcb46547a610341d78d0df1717a15f9b64",
                "d9a847dde5849df1149dbc2f2962c89f52eeb72db55c2aef1afb6f0385966d12",
                "7381e28dfab619ef64f1a6aee792b964f99eb6dffe9d59fab96adde5d5c4eb26",
                "8d6e90cce06eb37bdfbde0cb72a3d63060693c94884716928197726034cf922a",
                "f98777f00f9496e9772de1bcff6db7cc58bd14709427e3d45b9f3b168f2e0698",
                "645702ec65df422e38b6db215c44675ce331b33c8c0b7307d54c857d71b4c1ba",
                "1af1e12e4e072e9ed2c0e214e64ff828b0f7ea38ebd09f57aa04f9fc3589f8e1",
                "cabbdaec9c6ca80df787290826d8e97cbc61bde9f0b6c358d9c2e2dfbe499fa1",
            ])
    }

    @Test func `an older store is brought up to date and keeps its rows`() async throws {
        let store = try TemporaryStore()
        let older = Format(migrations: ["CREATE TABLE letters (title TEXT)"])
        try store.make(older)
        try store.run("INSERT INTO letters VALUES ('first')")
        let newer = Format(
            migrations: older.migrations + [
                "ALTER TABLE letters ADD COLUMN size INTEGER", "UPDATE letters SET size = length(title)",
            ])
        try store.make(newer)
        #expect(try store.number("SELECT size FROM letters WHERE title = 'first'") == 5)
        #expect(try store.number("PRAGMA user_version") == 3)
        try store.make(newer)
        #expect(try store.number("SELECT count(*) FROM letters") == 1)
    }

    @Test func `a store of format 2 keeps its concatenations, pending and committed, nested and ended`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        for number in 1...4 {
            let length: UInt64? = number == 4 ? nil : 25
            try await catalogue.begin(.of(number, length: length, isPartial: true))
            if number < 4 { try await catalogue.commit(number) }
        }
        let concatenations = [10: [1, 2], 11: [10, 3], 12: [3, 10, 4], 13: [1]]
        for (number, parts) in concatenations.sorted(by: { $0.key < $1.key }) {
            try await catalogue.begin(
                .of(number, layout: .append, length: nil, parts: parts.map { id($0) }, isPartial: number == 10))
            if number != 12 { try await catalogue.commit(number, length: [10: 50, 11: 75, 13: 25][number] ?? 0) }
        }
        _ = try await catalogue.deleteBlob(BlobId(id(13)), at: time(20), checkAccess: admitAll)
        _ = try await catalogue.abort(1)
        func answers() async throws -> [String] {
            var answers: [String] = []
            for number in 1...13 {
                guard let upload = try await catalogue.upload(id(number)) else { continue }
                answers.append("\(number): \(upload.parts.map(\.text)) \(upload.session.meta)")
                answers.append(String(describing: try await catalogue.blob(BlobId(id(number)))?.blob))
                if case .pending = upload.session.meta.status {
                    answers.append("\(try await catalogue.partsStatus(of: id(number)))")
                }
            }
            return answers
        }
        let before = try await answers()
        await catalogue.close()
        try store.run(Self.downgradeTo6)
        try store.run(
            """
            DROP TRIGGER parts_settled; DROP TRIGGER parts_sized; DROP TABLE concatenations;
            ALTER TABLE upload_counts RENAME TO tallies;
            ALTER TABLE memories RENAME COLUMN derivation_error TO shortfall;
            DROP TABLE store_state; DROP TABLE checksums; ALTER TABLE uploads DROP COLUMN tail_checksum;
            DROP INDEX uploads_removable; DROP TRIGGER uploads_removed;
            PRAGMA user_version = 2
            """)
        catalogue = try await store.open()
        #expect(try await answers() == before)
        #expect(try await catalogue.problems() == [])
        #expect(try await catalogue.partsStatus(of: id(12)) == PartsStatus(pending: 1, length: nil))
        try await catalogue.commit(4, length: 7)
        try await catalogue.commit(12, length: 82)
        #expect(try await catalogue.blob(BlobId(id(12)))?.blob.extents.map(\.source) == [3, 1, 2, 4].map { id($0) })
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test func `the ended uploads of a store of format 5 lose their metadata, and others keep it`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        for number in 1...3 { try await catalogue.begin(.of(number, isPartial: true)) }
        try await catalogue.commit(2)
        try await catalogue.begin(.of(4, layout: .append, length: nil, parts: [id(2)]))
        try await catalogue.commit(4)
        for number in 1...2 { try await catalogue.abort(number) }
        await catalogue.close()
        let secret = "a name that nobody reads again"
        try store.run(Self.downgradeTo6)
        try store.run(
            """
            DROP INDEX uploads_removable; DROP TRIGGER uploads_removed;
            UPDATE uploads SET name = '\(secret)', opaque = '\(String(repeating: secret, count: 500))',
                idempotency_key = CAST('\(secret)' AS BLOB), fingerprint = randomblob(32), provisional_memory = 'memory'
            WHERE state > 1;
            UPDATE uploads SET digest = randomblob(32) WHERE seq = 1;
            PRAGMA user_version = 5
            """)
        #expect(try #require(TestFiles.read(store.path)).contains(Array(secret.utf8)))
        catalogue = try await store.open()
        #expect(try await catalogue.problems() == [])
        #expect(try await catalogue.upload(id(1))?.meta.asset == AssetMetadata(name: "", contentType: ""))
        #expect(try await catalogue.upload(id(3))?.meta.asset.name == "letter.txt")
        #expect(try await catalogue.blob(BlobId(id(4)))?.blob.extents.map(\.key) == [UploadDraft.of(2).record.meta.key])
        #expect(try await catalogue.removeEnded(before: time(21), limit: 9) == [id(1)])
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
        #expect(try !#require(TestFiles.read(store.path)).contains(Array(secret.utf8)))
    }

    /// Turns a store of format 12 into one of format 11.
    static let downgradeTo11 = """
        ALTER TABLE uploads DROP COLUMN prefix_hash; PRAGMA user_version = 11;

        """

    /// Turns a store of format 12 into one of format 10.
    static let downgradeTo10 =
        downgradeTo11 + """
            ALTER TABLE uploads DROP COLUMN companions; PRAGMA user_version = 10;

            """

    /// Turns a store of format 12 into one of format 9.
    static let downgradeTo9 =
        downgradeTo10 + """
            DROP INDEX memories_by_time; ALTER TABLE memories DROP COLUMN shown_at;
            ALTER TABLE memories DROP COLUMN taken_zone; ALTER TABLE memories DROP COLUMN derivation_extent;
            ALTER TABLE memories DROP COLUMN derivation_note; PRAGMA user_version = 9;

            """

    /// Turns a store of format 12 into one of format 8.
    static let downgradeTo8 =
        downgradeTo9 + """
            DROP INDEX uploads_by_digest; ALTER TABLE uploads DROP COLUMN modified_at;
            DROP TRIGGER uploads_begun_pending; DROP TRIGGER uploads_no_longer_pending;
            CREATE TRIGGER uploads_begun_pending AFTER INSERT ON uploads WHEN new.state = 0 BEGIN
                INSERT INTO active VALUES (new.capsule, new.caller, 1)
                    ON CONFLICT (capsule, caller) DO UPDATE SET n = n + 1;
            END;
            CREATE TRIGGER uploads_no_longer_pending AFTER UPDATE OF state ON uploads WHEN old.state = 0 BEGIN
                UPDATE active SET n = n - 1 WHERE capsule = old.capsule AND caller = old.caller;
                DELETE FROM active WHERE capsule = old.capsule AND caller = old.caller AND n = 0;
            END;
            PRAGMA user_version = 8;

            """

    /// Turns a store of format 12 into one of format 7.
    static let downgradeTo7 =
        downgradeTo8 + """
            DROP TRIGGER uploads_counted_by_link; DROP TRIGGER uploads_recounted_by_link; DROP TABLE links;
            ALTER TABLE uploads DROP COLUMN link; ALTER TABLE store_state DROP COLUMN link_key; PRAGMA user_version = 7;
            """

    /// Turns a store of format 12 into one of format 6.
    static let downgradeTo6 =
        downgradeTo7 + """

            DROP TRIGGER capsules_counted; DROP TRIGGER capsules_inline_counted; DROP TRIGGER members_added;
            DROP TRIGGER members_removed; DROP TRIGGER uploads_counted; DROP TRIGGER uploads_counted_pending;
            DROP TRIGGER uploads_recounted; DROP TRIGGER uploads_recounted_pending; DROP TRIGGER uploads_uncounted;
            DROP TABLE usage; ALTER TABLE uploads DROP COLUMN unsized_bytes;
            ALTER TABLE concatenations DROP COLUMN whole_digest; PRAGMA user_version = 6
            """

    @Test func `a store of format 11 has no hashes, and takes them from then on`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1, layout: .append, length: nil))
        var hasher = SHA256Hasher()
        hasher.update([1, 2, 3])
        let piece = DurablePiece(.append(through: 3), prefixHash: hasher.midstate)
        try await catalogue.record(piece, of: id(1), seen: time(1))
        await catalogue.close()
        try store.run(Self.downgradeTo11)
        catalogue = try await store.open()
        #expect(try await catalogue.upload(id(1))?.prefixHash == nil)
        try await catalogue.record(piece, of: id(1), seen: time(1))
        #expect(try await catalogue.upload(id(1))?.prefixHash == hasher.midstate)
        await catalogue.close()
        try store.run("UPDATE uploads SET offset = 2 WHERE seq = 1")
        catalogue = try await store.open()
        #expect(try await catalogue.problems().count == 1, "it would cover a byte that is not durable")
        await catalogue.close()
    }

    @Test func `a store of format 10 goes on deriving, and takes companions`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1, recipe: .photo))
        try await catalogue.commit(1)
        await catalogue.close()
        try store.run(Self.downgradeTo10)
        catalogue = try await store.open()
        #expect(try await catalogue.derivation(of: id(1))?.companions == [])
        let companions = [Companion(kind: .sidecar, blob: BlobId(id(1)))]
        try await catalogue.begin(.of(2, recipe: .photo, companions: companions))
        try await catalogue.commit(2)
        #expect(try await catalogue.derivation(of: id(2))?.companions == companions)
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test func `in a store of format 9 derived times become local, times of clients stay in UTC`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        func draft(_ number: Int, takenAt: CaptureTime?, of blob: Int? = nil) -> MemoryDraft {
            let content: AssetDraft.Content =
                blob.map { .blob(BlobId(id($0))) } ?? .inline([1], contentType: "text/plain")
            let asset = NewAsset(
                id: AssetId(id(1)), draft: AssetDraft(kind: .original, content: content),
                digest: blob == nil ? Digest(of: [1]) : nil)
            return MemoryDraft(
                id: MemoryId(id(number)), capsule: letters.id, creator: ada, details: MemoryDetails(takenAt: takenAt),
                createdAt: time(Int64(30 - number)), assets: [asset], key: nil, fingerprint: Digest(of: [1]),
                limits: MemoryLimits(inlineBudgetBytes: 200, assetsMax: 5))
        }
        try await catalogue.begin(.of(1, recipe: .photo))
        try await catalogue.commit(1)
        let times = [CaptureTime(time(7)), CaptureTime(time(9)), nil]
        _ = try await catalogue.finishDerivation(of: id(1), attempt: 0, with: draft(20, takenAt: times[0], of: 1))
        for (number, taken) in [(21, times[1]), (22, times[2])] {
            _ = try await catalogue.createMemory(draft(number, takenAt: taken), checkAccess: admitAll)
        }
        await catalogue.close()
        try store.run(Self.downgradeTo9)
        catalogue = try await store.open()
        let taken = try await catalogue.memories(in: letters.id, after: nil, order: .oldestFirst, limit: 9)
            .map(\.details.takenAt)
        #expect(taken == [CaptureTime(localMilliseconds: time(7).milliseconds), times[1], nil])
        // By capture, and by creation where that is unknown.
        let listed = try await catalogue.memories(in: letters.id, after: nil, order: .oldestTakenFirst, limit: 9)
        #expect(listed.map(\.position.shownAt) == listed.map(\.position.shownAt).sorted())
        #expect(Set(listed.map(\.id.value)) == [id(20), id(21), id(22)])
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test func `in a store of format 8 parts count no longer as active uploads, and digests are found`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        try await catalogue.begin(.of(1, isPartial: true))
        try await catalogue.begin(.of(2))
        try await catalogue.begin(.of(3, content: [1, 2, 3]))
        await catalogue.close()
        try store.run(Self.downgradeTo8)
        try store.run("UPDATE active SET n = 2")
        catalogue = try await store.open()
        #expect(try await catalogue.countActive(capsule: letters.id, caller: ada) == 1)
        try await catalogue.commit(1)
        #expect(try await catalogue.countActive(capsule: letters.id, caller: ada) == 1)
        let found = try await catalogue.blobs(
            withDigests: [Digest(of: [1, 2, 3])], in: letters.id, andThoseOf: nil)
        #expect(found.map(\.id.value) == [id(3)])
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test func `a store of format 7 gets a secret of its own, and takes links`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        let first = try await catalogue.linkSecret()
        await catalogue.close()
        try store.run(Self.downgradeTo7)
        catalogue = try await store.open()
        let second = try await catalogue.linkSecret()
        #expect(second != first)
        let link = UploadLink(
            id: LinkId(id(9)), capsule: letters.id, title: "", createdAt: time(0), expiresAt: time(100),
            limits: LinkLimits(filesMax: 1))
        try await catalogue.createLink(link, linksMax: 1, membersMax: 1, checkAccess: admitAll)
        await catalogue.close()
        catalogue = try await store.open()
        #expect(try await catalogue.linkSecret() == second)
        #expect(try await catalogue.link(link.id)?.link == link)
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test func `a store of format 6 is counted when it is opened, also one beyond its quota`() async throws {
        let store = try TemporaryStore()
        var catalogue = try await store.open().withCapsule()
        try await catalogue.setRole(.writer, of: ben, in: letters.id, checkAccess: admitAll)
        for number in 1...2 { try await catalogue.begin(.of(number, isPartial: true)) }
        for number in 1...2 { try await catalogue.commit(number) }
        try await catalogue.begin(.of(3, layout: .append, length: nil, parts: [id(1), id(2), id(2)]))
        try await catalogue.commit(3, length: 75)
        try await catalogue.abort(1)
        try await catalogue.begin(.of(4, content: [1, 2, 3]))
        try await catalogue.begin(.of(5))
        try await catalogue.begin(.of(6, length: nil))
        for index: UInt64 in [0, 5000] {
            try await catalogue.record(DurablePiece(.chunk(index: index)), of: id(6), seen: time(1))
        }
        try await catalogue.begin(.of(7, layout: .append, length: nil))
        try await catalogue.record(DurablePiece(.append(through: 12)), of: id(7), seen: time(1))
        try await catalogue.begin(.of(8))
        try await catalogue.abort(8)
        let usage = Usage(
            storedBytes: 53, reservedBytes: 57, capsules: 1, members: 1, pendingUploads: 3, pendingBytes: 57)
        #expect(try await catalogue.usage(of: ada) == usage)
        await catalogue.close()
        try store.run(Self.downgradeTo6)
        catalogue = try await store.open()
        #expect(try await catalogue.usage(of: ada) == usage)
        #expect(try await catalogue.problems() == [])
        let full = Allowance(quotas: Quotas(standardBytes: 100))
        #expect(
            await refusal { () throws(UploadError) in
                try await catalogue.begin(.of(9, length: 1, allowance: full))
            } == .quotaExceeded)
        // What was begun goes on, and deletions make room.
        try await catalogue.record(
            DurablePiece(.chunk(index: 1)), of: id(5), fence: .initial, seen: time(2),
            admission: Admission(checkAccess: admitAll, allowance: full))
        try await catalogue.commit(5)
        _ = try await catalogue.deleteBlob(BlobId(id(3)), at: time(20), checkAccess: admitAll)
        #expect(try await catalogue.usage(of: ada).quotaBytes == 85)
        try await catalogue.begin(.of(9, length: 15, allowance: full))
        #expect(try await catalogue.problems() == [])
        await catalogue.close()
    }

    @Test(arguments: [false, true])
    func `a small store that cannot be compacted is rewritten when it is opened, a large one stays`(
        isLarge: Bool
    ) async throws {
        let store = try TemporaryStore()
        let content = [UInt8](repeating: 7, count: 60_000)
        var catalogue = try await store.open().withCapsule()
        let count = isLarge ? Connection.rewrittenBytesMax / content.count + 20 : 20
        for number in 1...count { try await catalogue.begin(.of(number, content: content)) }
        await catalogue.close()
        try store.run("PRAGMA auto_vacuum = NONE; VACUUM")
        let size = try store.size("")
        catalogue = try await store.open()
        for number in 1...10 {
            _ = try await catalogue.deleteBlob(BlobId(id(number)), at: time(20), checkAccess: admitAll)
        }
        try await catalogue.compact()
        #expect(try await catalogue.problems() == [])
        #expect(try await catalogue.catalogueBytes(id(11), 0..<60_000) == content)
        await catalogue.close()
        #expect(try store.number("PRAGMA auto_vacuum") == (isLarge ? 0 : 2))
        #expect(try isLarge ? store.size("") >= size : store.size("") < size - 500_000)
    }

    @Test func `a store that cannot be brought up to date stays what it was`() async throws {
        let store = try TemporaryStore()
        let older = Format(migrations: ["CREATE TABLE letters (title TEXT)"])
        try store.make(older)
        let broken = Format(migrations: older.migrations + ["CREATE TABLE more (a)", "CREATE TABLE letters (a)"])
        #expect(throws: UploadError.self) { try store.make(broken) }
        #expect(try store.number("PRAGMA user_version") == 1)
        #expect(try store.number("SELECT count(*) FROM sqlite_schema") == 1)
        try store.make(older)
    }
}
