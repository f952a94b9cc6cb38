import CatalogueRows
import SessionCore
package import UploadCore

/// Where a store that is moved into a database comes from, and where its bytes go.
package struct MigrationOrigin: Hashable, Sendable {
    /// The id of the store, which copies of it have, too.
    package let store: [UInt8]
    /// The digest of all rows: a store that was served meanwhile has another one.
    package let rows: Digest
    /// The bucket, its prefix and its endpoint.
    package let objects: String

    package init(store: [UInt8], rows: Digest, objects: String) {
        self.store = store
        self.rows = rows
        self.objects = objects
    }
}

/// The migration into a database, which keeps nodes away until it is finished.
package struct MigrationState: Hashable, Sendable {
    package let origin: MigrationOrigin
    package let isFinished: Bool
}

extension Connection {
    /// - Throws: `unavailable` while a migration into the database is not finished.
    func requireNoMigration() throws(UploadError) {
        guard let state = try migrationState(), !state.isFinished else { return }
        throw UploadError(
            .unavailable(
                detail: "a store is being moved into this database; run `wharf migrate` again until it has finished"))
    }

    func migrationState() throws(UploadError) -> MigrationState? {
        let exists = try exists(
            "SELECT 1 FROM pg_class WHERE relname = 'wharf_migration' AND relnamespace = current_schema()::regnamespace"
        )
        guard exists else { return nil }
        return try first("SELECT store, rows, objects, is_finished FROM wharf_migration") { row throws(UploadError) in
            let origin = MigrationOrigin(store: try row.next(), rows: try row.next(), objects: try row.next())
            return MigrationState(origin: origin, isFinished: try row.next())
        }
    }
}

/// Two tables and a trigger exist during a migration. The trigger refuses what nodes would write that were started before; the
/// migration itself disables it with the others.
extension Queries {
    /// Begins a migration, unless there was one.
    ///
    /// - Returns: The migration of the database, which may be another one; nil if the database holds other rows.
    func beginMigration(
        from origin: MigrationOrigin, _ secret: LinkSecret
    ) throws(UploadError) -> MigrationState? {
        try connection.send("SELECT pg_advisory_xact_lock($1)", Format.migrationLock)
        if let state = try connection.migrationState() { return state }
        for table in MovedTable.all.map(\.target) + ["receipts", "chunk_digests"] {
            // No insert comes between this query and the trigger.
            try connection.send("LOCK TABLE \(table) IN SHARE ROW EXCLUSIVE MODE")
            if try connection.exists("SELECT 1 FROM \(table) LIMIT 1") { return nil }
        }
        try connection.execute(Self.migrationTables)
        try connection.send(
            "INSERT INTO wharf_migration (store, rows, objects) VALUES ($1, $2, $3)", origin.store, origin.rows,
            origin.objects)
        // Tokens of links stay valid.
        try connection.run("UPDATE wharf_store SET link_key = $1", secret.bytes)
        return MigrationState(origin: origin, isFinished: false)
    }

    private static let migrationTables =
        [
            """
            CREATE TABLE wharf_migration (
                one boolean PRIMARY KEY DEFAULT true CHECK (one),
                store bytea NOT NULL,
                rows bytea NOT NULL,
                objects text COLLATE "C" NOT NULL,
                is_finished boolean NOT NULL DEFAULT false
            )
            """,
            """
            CREATE TABLE wharf_migration_objects (
                upload bigint PRIMARY KEY, -- its seq
                through bigint NOT NULL,
                hash bytea,
                is_complete boolean NOT NULL
            )
            """,
            """
            CREATE FUNCTION wharf_migration_guard() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'a store is being moved into this database';
            END $$
            """,
        ]
        + MovedTable.all.map { table in
            """
            CREATE TRIGGER wharf_migration_guard BEFORE INSERT OR UPDATE OR DELETE ON \(table.target)
                FOR EACH STATEMENT EXECUTE FUNCTION wharf_migration_guard()
            """
        }

    /// Ends a migration whose rows and objects are complete: nodes may open the database. Idempotent.
    ///
    /// - Parameter damaged: The uploads without their bytes. Those that are pending begin again.
    /// - Throws: `store_corrupt` if the rows contradict each other; nothing is changed then.
    func finishMigration(without damaged: [SessionId]) throws(UploadError) {
        try connection.send("SELECT pg_advisory_xact_lock($1)", Format.migrationLock)
        guard let state = try connection.migrationState(), !state.isFinished else { return }
        for table in MovedTable.all { try connection.send("DROP TRIGGER wharf_migration_guard ON \(table.target)") }
        try connection.execute(Self.ending)
        for table in MovedTable.all where table.isNumbered {
            try connection.send(
                """
                SELECT setval(pg_get_serial_sequence('\(table.target)', 'seq'), coalesce(max(seq), 1), max(seq) IS NOT NULL)
                FROM \(table.target)
                """)
        }
        // Of blobs nothing is forgotten.
        for upload in damaged { try forgetPieces(of: upload, in: [0..<UInt64(Int64.max)]) }
        var part: ProblemPart? = .first
        while let current = part {
            let (problems, next) = try self.problems(of: current, rows: CataloguePostgres.problemRows)
            guard problems.isEmpty else {
                throw UploadError(.storeCorrupt(detail: problems.prefix(10).joined(separator: "; ")))
            }
            part = next
        }
    }

    private static let ending = [
        "DROP FUNCTION wharf_migration_guard()",
        "DROP TABLE wharf_migration_objects",
        "UPDATE wharf_migration SET is_finished = true",
        """
        UPDATE upload_counts SET n = CASE shard WHEN 0 THEN (
            SELECT array_agg(coalesce(count, 0) ORDER BY kind) FROM generate_series(1, 8) AS kind LEFT JOIN (
                SELECT 1 + 2 * state + is_partial::int AS counted, count(*) FROM uploads GROUP BY 1) AS found
            ON counted = kind) ELSE array_fill(0::bigint, ARRAY[8]) END
        """,
    ]
}
