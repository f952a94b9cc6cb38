import CSQLite
import CataloguePostgres
import CatalogueRows
import Testing
import UploadTestKit
import Wharf

/// A format with a table or a column that a migration does not know would lose it in silence.
@Suite struct MovedColumnTests {
    /// Why columns of a store in a directory are not moved.
    private static let notMoved: [String: String] = [
        "garbage.seq": "files that are to be removed",
        "garbage.key": "files that are to be removed",
        "memories.shown_at": "computed",
        "store_state.row": "one row",
        "store_state.durability": "of the directory",
        "store_state.unsynced_boot": "of the directory",
        "store_state.needs_verification": "of the directory",
        "store_state.scrubbed_through": "scrubs of the directory",
        "store_state.scrub_began": "scrubs of the directory",
        "store_state.is_scrubbing": "scrubs of the directory",
        "store_state.id": "kept in wharf_migration",
        "store_state.link_key": "moved at the begin of a migration",
        "upload_counts.state": "counted at the end",
        "upload_counts.is_partial": "counted at the end",
        "upload_counts.n": "counted at the end",
    ]

    /// Why columns of a cluster are not filled from rows.
    private static let notFilled: [String: String] = [
        "active_shards.shard": "one shard has the sum",
        "announcements.key": "of the bucket",
        "announcements.at": "of the bucket",
        "chunk_digests.upload": "computed while the bytes are copied",
        "chunk_digests.chunk": "computed while the bytes are copied",
        "chunk_digests.digest": "computed while the bytes are copied",
        "derivations.holder": "no engine works on it",
        "derivations.held_since": "no engine works on it",
        "downloads.seq": "for ten minutes, and in memory there",
        "downloads.key": "for ten minutes, and in memory there",
        "downloads.principal": "for ten minutes, and in memory there",
        "downloads.blobs": "for ten minutes, and in memory there",
        "downloads.archive": "for ten minutes, and in memory there",
        "downloads.expires_at": "for ten minutes, and in memory there",
        "garbage.key": "of the bucket",
        "garbage.seq": "of the bucket",
        "garbage.removals": "of the bucket",
        "garbage.due_at": "of the bucket",
        "memories.shown_at": "computed",
        "publications.upload": "once a node publishes",
        "publications.state": "once a node publishes",
        "publications.due_at": "once a node publishes",
        "publications.attempts": "once a node publishes",
        "publications.name": "once a node publishes",
        "publications.multipart": "once a node publishes",
        "publications.attempt": "once a node publishes",
        "publications.held_since": "once a node publishes",
        "publications.reason": "once a node publishes",
        "publishing.one": "once a node publishes",
        "publishing.earlier_through": "once a node publishes",
        "publishing.examined_through": "once a node publishes",
        "receipts.object": "of the bucket",
        "receipts.start": "of the bucket",
        "receipts.stop": "of the bucket",
        "receipts.key": "of the bucket",
        "receipts.upload": "of the bucket",
        "scrub.one": "scrubs of the cluster",
        "scrub.is_under_way": "scrubs of the cluster",
        "scrub.began_at": "scrubs of the cluster",
        "scrub.claimed_through": "scrubs of the cluster",
        "scrub.bound": "scrubs of the cluster",
        "scrub.findings": "scrubs of the cluster",
        "scrub.paced_until": "scrubs of the cluster",
        "scrub_stretches.holder": "scrubs of the cluster",
        "scrub_stretches.first": "scrubs of the cluster",
        "scrub_stretches.last": "scrubs of the cluster",
        "scrub_stretches.expires_at": "scrubs of the cluster",
        "unpublished.name": "once a node publishes",
        "unpublished.multipart": "once a node publishes",
        "unpublished.removals": "once a node publishes",
        "unpublished.due_at": "once a node publishes",
        "upload_counts.shard": "counted at the end",
        "upload_counts.n": "counted at the end",
        "uploads.epoch": "no engine has it open",
        "usage_shards.shard": "one shard has the sum",
        "wharf_store.one": "one row",
        "wharf_store.format": "of the database",
        "wharf_store.link_key": "moved at the begin of a migration",
        "wharf_store.needs_verification": "of a directory",
        "wharf_store.scrubbed_through": "of a directory",
        "wharf_store.scrub_began": "of a directory",
        "wharf_store.is_scrubbing": "of a directory",
        "wharf_store.objects_mark": "of the bucket",
    ]

    @Test func `each column of a store in a directory is moved, or has a reason`() async throws {
        let directory = try TemporaryDirectory()
        await (try await FullStore.open(directory)).close()
        let columns = try Self.columns(of: directory.path + "/catalogue.db")
        let moved = Set(MovedTable.all.flatMap { table in table.columns.map { "\(table.name).\($0.sourceColumn)" } })
        // The caller of a derivation is that of its upload.
        #expect(columns == moved.subtracting(["derivations.caller"]).union(Self.notMoved.keys))
        #expect(moved.isDisjoint(with: Self.notMoved.keys))
    }

    @Test func `each column of a cluster is filled, or has a reason`() async throws {
        let server = try await PostgresServer.shared.value
        let database = "columns_\(server.nextNumber())"
        try await server.sql("CREATE DATABASE \(database)")
        try await Self.createTables(server.options(database))
        let columns = Set(
            try await server.sql(
                """
                SELECT table_name || '.' || column_name FROM information_schema.columns JOIN pg_tables
                    ON schemaname = table_schema AND tablename = table_name
                WHERE table_schema = 'public'
                """, in: database))
        let filled = Set(MovedTable.all.flatMap { table in table.columns.map { "\(table.target).\($0.name)" } })
        #expect(columns == filled.union(Self.notFilled.keys))
        #expect(filled.isDisjoint(with: Self.notFilled.keys))
        try await server.sql("DROP DATABASE \(database) WITH (FORCE)")
    }

    private static func columns(of path: String) throws -> Set<String> {
        var database: OpaquePointer?
        #expect(sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK)
        defer { sqlite3_close(database) }
        var statement: OpaquePointer?
        let sql = """
            SELECT t.name || '.' || c.name FROM sqlite_schema AS t, pragma_table_xinfo(t.name) AS c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
            """
        #expect(sqlite3_prepare_v2(database, sql, -1, &statement, nil) == SQLITE_OK)
        defer { sqlite3_finalize(statement) }
        var names: Set<String> = []
        while sqlite3_step(statement) == SQLITE_ROW { names.insert(String(cString: sqlite3_column_text(statement, 0))) }
        return names
    }
}
