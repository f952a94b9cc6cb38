@testable import CataloguePostgres
import DurableFiles
import Synchronization
import Testing
import UploadCore
import UploadTestKit

/// A database with the tables of a catalogue, for one test.
struct TestDatabase: Sendable {
    let server: PostgresServer
    let name: String
    /// Whether its catalogues go through the pooler, which keeps sessions open.
    var isPooled = false

    /// Has the tables of the current format, and no rows.
    private static let template = Task {
        let database = TestDatabase(server: try await PostgresServer.shared.value, name: "template_wharf")
        try await database.server.sql("CREATE DATABASE \(database.name)")
        try await database.open().close()
        return database
    }

    /// Databases that a test has used, without rows.
    private static let unused = Mutex<[Bool: [TestDatabase]]>([:])

    /// Runs `body` with a database that no other test uses meanwhile. Creating one takes longer than emptying it.
    static func with<Value>(
        isPooled: Bool = false, _ body: (TestDatabase) async throws -> Value
    ) async throws -> Value {
        if let database = unused.withLock({ $0[isPooled, default: []].popLast() }) {
            return try await database.lend(to: body)
        }
        let template = try await template.value
        let database = TestDatabase(
            server: template.server, name: "test_\(template.server.nextNumber())", isPooled: isPooled)
        try await database.server.sql("CREATE DATABASE \(database.name) TEMPLATE \(template.name)")
        return try await database.lend(to: body)
    }

    private func lend<Value>(to body: (TestDatabase) async throws -> Value) async throws -> Value {
        let value = try await body(self)
        // One in which a test failed stays as it is.
        try await sql(Self.emptying)
        try await server.sql("ALTER DATABASE \(name) RESET ALL")
        Self.unused.withLock { $0[isPooled, default: []].append(self) }
        return value
    }

    private static let emptying = """
        SET session_replication_role = replica; -- without triggers
        DO $$
        DECLARE
            name text;
        BEGIN
            FOR name IN
                SELECT tablename FROM pg_tables
                WHERE schemaname = 'public' AND tablename NOT IN ('wharf_store', 'upload_counts')
            LOOP
                EXECUTE 'DELETE FROM ' || name;
            END LOOP;
        END $$;
        UPDATE upload_counts SET n = array_fill(0::bigint, ARRAY[8]);
        UPDATE wharf_store SET format = \(Format.current.version), needs_verification = false, scrubbed_through = NULL,
            scrub_began = NULL, is_scrubbing = false
        """

    /// The settings of a catalogue over this database, with few connections.
    func settings() -> PostgresSettings {
        var settings = PostgresSettings(connection: server.options(name, throughPooler: isPooled))
        settings.connectionsMax = 4
        settings.durability = .processCrash
        // It also limits how long a transaction may be idle: some stop in the middle, until their test has seen what it waits for.
        settings.statementTimeout = .seconds(60)
        return settings
    }

    func open(_ change: (inout PostgresSettings) -> Void = { _ in }) async throws -> CataloguePostgres {
        var settings = settings()
        change(&settings)
        return try await CataloguePostgres(settings)
    }

    @discardableResult
    func sql(_ text: String) async throws -> [String] { try await server.sql(text, in: name) }

    /// Runs `body` while another transaction holds the locks that a statement takes. They are released once `count`
    /// sessions wait for locks, so that all of these have begun when the first one can go on, or else at the end.
    func whileLocked<Value: Sendable>(
        _ statement: String, until count: Int, _ body: () async throws -> Value
    ) async throws -> Value {
        let options = server.options(name)
        let threads = ThreadPool(name: "lock", threads: 1)
        defer { threads.shutdown() }
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        let holder = """
            locktype = 'advisory' AND objid = 1
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            """
        async let held: Void = threads.run { () in
            // It is cancelled unless so many wait.
            _ = try? PostgresServer.sql(
                """
                DO $$
                BEGIN
                    PERFORM * FROM (\(statement)) AS locked;
                    PERFORM pg_advisory_lock(1);
                    LOOP
                        PERFORM pg_stat_clear_snapshot();
                        EXIT WHEN (\(waiting)) >= \(count);
                        PERFORM pg_sleep(0.005);
                    END LOOP;
                END $$
                """, options)
        }
        try await eventually("the lock is held") { try await sql("SELECT 1 FROM pg_locks WHERE \(holder)") == ["1"] }
        let outcome = await Result(of: body)
        try await sql("SELECT pg_cancel_backend(pid) FROM pg_locks WHERE \(holder)")
        await held
        return try outcome.get()
    }
}
