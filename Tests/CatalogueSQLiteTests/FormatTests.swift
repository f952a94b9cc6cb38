import SessionCore
import Testing
import UploadCore

@testable import CatalogueSQLite

@Suite struct FormatTests {
    /// A format that was shipped is in stores out there: add a script instead of changing one.
    @Test func `scripts that were shipped are what they were`() {
        let digests = Format.current.migrations.map { Digest(of: Array($0.utf8)).hex }
        #expect(
            digests == [
                "75d850850d2e315cdb4d792fb212751b2fdc74157468ed85c5c24cf964ea923d",
                "190fead8ec332e36a63da1527c09218dcef64fb62b561c5cb280e660a1a3c1d1",
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

        let due = try plan(Tables.lastSeenQuery)
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
            let steps = try plan(Tables.uploadsQuery(filter, after: id(1)))
            #expect(steps.first?.contains(index) == true && steps.count == 1, "\(filter): \(steps)")
        }

        let derivations = [
            (Tables.pendingDerivationsQuery, "derivations_due"),
            (Tables.derivationsQuery(state: .pending, after: id(1)), "derivations_pending (capsule=? AND id>?)"),
            (Tables.derivationsQuery(state: nil, after: id(1)), "derivations_by_capsule (capsule=? AND id>?)"),
        ]
        for (query, index) in derivations {
            let steps = try plan(query)
            #expect(steps.first?.contains(index) == true && !steps.contains { $0.contains("TEMP B-TREE") }, "\(steps)")
        }
    }
}
