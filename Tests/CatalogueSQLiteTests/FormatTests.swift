import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories

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
                "19c6a975ba773646b463aa55ad5545e222e18bbec98855742d139ffc0e320f00",
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
        try store.run(
            """
            DROP TRIGGER parts_settled; DROP TRIGGER parts_sized; DROP TABLE concatenations;
            ALTER TABLE upload_counts RENAME TO tallies;
            ALTER TABLE memories RENAME COLUMN derivation_error TO shortfall;
            DROP TABLE store_state; DROP TABLE checksums; ALTER TABLE uploads DROP COLUMN tail_checksum;
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

    @Test func `the current format has an index for each question that is asked while uploads are many`() async throws {
        let store = try TemporaryStore()
        try store.make(.current)
        func plan(_ query: String) throws -> [String] { try store.plan(of: query) }

        let due = try plan(Queries.lastSeenQuery)
        #expect(due.first == "SEARCH due USING INDEX uploads_by_last_seen (last_seen<?)")
        #expect(!due.contains { $0.contains("TEMP B-TREE") || $0.hasPrefix("SCAN") })

        let filters: [(UploadFilter, String)] = [
            (UploadFilter(), "sqlite_autoindex_uploads_1 (id>?)"),
            (UploadFilter(capsule: letters.id), "uploads_by_capsule (capsule=? AND id>?)"),
            (UploadFilter(state: .pending), "uploads_pending (id>?)"),
            (UploadFilter(state: .pending, capsule: letters.id), "uploads_pending_by_capsule (capsule=? AND id>?)"),
            (UploadFilter(state: .pending, caller: ada), "uploads_pending_by_caller (caller=? AND id>?)"),
            (UploadFilter(state: .pending, capsule: letters.id, caller: ada), "uploads_pending_by_ca"),
            (UploadFilter(state: .committed), "sqlite_autoindex_uploads_1 (id>?)"),
            (UploadFilter(state: .committed, capsule: letters.id), "uploads_by_capsule (capsule=? AND id>?)"),
            (UploadFilter(state: .aborted), "uploads_ended (state=? AND id>?)"),
            (UploadFilter(state: .expired), "uploads_ended (state=? AND id>?)"),
        ]
        for (filter, index) in filters {
            let steps = try plan(Queries.uploadsQuery(filter, after: id(1)))
            #expect(steps.first?.contains(index) == true && steps.count == 1, "\(filter): \(steps)")
        }

        let derivations = [
            (Queries.pendingDerivationsQuery, "derivations_due"),
            (Queries.derivationsQuery(state: .pending, after: id(1)), "derivations_pending (capsule=? AND id>?)"),
            (Queries.derivationsQuery(state: nil, after: id(1)), "derivations_by_capsule (capsule=? AND id>?)"),
        ]
        for (query, index) in derivations {
            let steps = try plan(query)
            #expect(steps.first?.contains(index) == true && !steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
        }
    }
}
