import CLibPQ
import Testing
import UploadCore

@testable import CataloguePostgres

@Suite struct PreparedStatementTests {
    private typealias Statement = PreparedStatements.Statement

    @Test func `a text is prepared at its second use, and executed from then on`() {
        var statements = PreparedStatements()
        let statement = Statement(sql: "SELECT $1", types: [ColumnType.int8])
        #expect(statements.form(of: statement) == .text)
        #expect(statements.form(of: statement) == .preparing(statement.name))
        #expect(statements.form(of: statement) == .prepared(statement.name))
        statements.notPrepared(statement)
        #expect(statements.form(of: statement) == .preparing(statement.name))
    }

    @Test func `names are those of the text and its types, and PostgreSQL tells them apart`() {
        let number = Statement(sql: "SELECT $1", types: [ColumnType.int8])
        #expect(number.name == Statement(sql: "SELECT $1", types: [ColumnType.int8]).name)
        #expect(number.name != Statement(sql: "SELECT $1", types: [ColumnType.text]).name)
        #expect(number.name != Statement(sql: "SELECT $1 ", types: [ColumnType.int8]).name)
        #expect(number.name.utf8.count < 64)
    }

    @Test func `texts beyond the limit are never prepared, and the others still are`() {
        var statements = PreparedStatements()
        func statement(_ number: Int) -> Statement { Statement(sql: "SELECT \(number) + $1", types: [ColumnType.int8]) }
        for number in 0...PreparedStatements.textsMax { #expect(statements.form(of: statement(number)) == .text) }
        let (last, beyond) = (statement(PreparedStatements.textsMax - 1), statement(PreparedStatements.textsMax))
        for _ in 0..<2 { #expect(statements.form(of: beyond) == .text) }
        #expect(statements.form(of: last) == .preparing(last.name))
    }

    @Test func `a statement with a limit as a parameter is planned for that limit`() {
        var statements = PreparedStatements()
        let statement = Statement(sql: "SELECT n FROM numbers ORDER BY n LIMIT $1", types: [ColumnType.int8])
        for _ in 0..<3 { #expect(statements.form(of: statement) == .text) }
    }

    @Test func `the plans are given up once in a thousand transactions`() {
        var statements = PreparedStatements()
        let ends = (1...2 * PreparedStatements.planAgeMax).filter { _ in statements.beginTransaction() }
        #expect(ends == [PreparedStatements.planAgeMax, 2 * PreparedStatements.planAgeMax])
    }
}

/// What connections do with them.
@Suite struct PreparingTests {
    private static let sql = "SELECT $1 + 1"
    private static let name = PreparedStatements.Statement(sql: sql, types: [ColumnType.int8]).name

    /// Runs the statement in a transaction of its own.
    private func use(_ connection: Connection, times: Int = 1, timeout: Duration? = nil) throws {
        for number in 0..<Int64(times) {
            try connection.begin(.read, timeout: timeout)
            #expect(try connection.next(number) == number + 1)
            connection.endReading()
        }
    }

    @Test func `a connection to the server prepares what it uses again`() async throws {
        try await TestDatabase.with { database in
            let connection = try database.connect()
            try use(connection)
            #expect(try connection.prepared(Self.name) == 0)
            try use(connection, times: 9)
            #expect(try connection.prepared(Self.name) == 1)
        }
    }

    @Test func `a transaction with a time of its own prepares nothing`() async throws {
        try await TestDatabase.with { database in
            let connection = try database.connect()
            try use(connection)
            try use(connection, times: 9, timeout: .seconds(60))
            #expect(try connection.prepared(Self.name) == 0)
        }
    }

    @Test func `a statement behind a failed one is not prepared, and is prepared later`() async throws {
        try await TestDatabase.with { database in
            let connection = try database.connect()
            try use(connection)
            try connection.begin(.write)
            try connection.send("SELECT 1 / 0")
            try connection.send(Self.sql, Int64(1))
            #expect(throws: UploadError.self) { try connection.exists("SELECT 1") }
            connection.rollBack()
            #expect(try connection.prepared(Self.name) == 0)
            try use(connection, times: 2)
            #expect(try connection.prepared(Self.name) == 1)
        }
    }

    @Test(arguments: [Connection.Access.read, .write])
    func `a plan that was made for a few rows is given up`(_ access: Connection.Access) async throws {
        try await TestDatabase.with { database in
            try await database.sql("ALTER DATABASE \(database.name) SET plan_cache_mode = force_generic_plan")
            // Nothing that happens to this table later makes the server plan again.
            try await database.sql(
                """
                CREATE TABLE grown (n bigint PRIMARY KEY) WITH (autovacuum_enabled = off);
                INSERT INTO grown VALUES (1);
                ANALYZE grown
                """)
            let sql = "SELECT n FROM grown WHERE n = $1"
            let name = PreparedStatements.Statement(sql: sql, types: [ColumnType.int8]).name
            let connection = try database.connect()
            for _ in 0..<3 {
                try connection.begin(.read)
                #expect(try connection.exists(sql, Int64(1)))
                connection.endReading()
            }
            try await database.sql("INSERT INTO grown SELECT * FROM generate_series(2, 10000)")
            #expect(try connection.plan(name, access).contains("Seq Scan"))
            guard case .direct(var statements) = connection.preparation else {
                Issue.record("nothing was prepared")
                return
            }
            while !statements.beginTransaction() {}
            for _ in 1..<PreparedStatements.planAgeMax { _ = statements.beginTransaction() }
            connection.preparation = .direct(statements)
            #expect(try connection.plan(name, access).contains("Index Only Scan"))
            try await database.sql("DROP TABLE grown")
        }
    }

    // MARK: - Lost statements

    /// What happens to the statements of a session, as it does between two transactions behind a pooler.
    enum Loss: String, CaseIterable {
        case deallocated = "DEALLOCATE wharf_other"
        case prepared = "PREPARE wharf_other AS SELECT 1"
        case retyped = "ALTER TABLE kept ALTER n TYPE int"
    }

    @Test(arguments: Loss.allCases)
    func `a transaction whose prepared statement is lost is repeated without it, once`(_ loss: Loss) async throws {
        try await TestDatabase.with { database in
            try await database.sql("CREATE TABLE kept (n bigint)")
            let sql = "INSERT INTO kept SELECT $1 RETURNING n"
            let name = PreparedStatements.Statement(sql: sql, types: [ColumnType.int8]).name
            var settings = database.settings()
            settings.repetitionsMax = 0
            var runner = TransactionRunner(settings, Availability())
            var attempts = 0
            var isPreparing: [Bool] = []
            func insert(_ number: Int64) throws {
                try runner.perform(.write) { connection throws(UploadError) in
                    attempts += 1
                    isPreparing.append(connection.isPreparing)
                    // The server keeps integers of either width.
                    _ = try connection.first(sql, number) { row throws(UploadError) in try row.next(Int64.self) }
                }
            }
            // The first transaction learns that there is no pooler, the second uses the text for the first time.
            for number in 1...(loss == .prepared ? 2 : 4) { try insert(Int64(number)) }
            if loss == .retyped {
                try await database.sql(loss.rawValue)
            } else {
                let lose = loss.rawValue.replacing("wharf_other", with: name)
                try runner.perform(.write) { connection throws(UploadError) in try connection.send(lose) }
            }
            (attempts, isPreparing) = (0, [])
            try insert(5)
            #expect(attempts == 2)
            try insert(6)
            #expect(isPreparing == [true, false, false])
            #expect(try await database.sql("SELECT count(*) FROM kept WHERE n IN (5, 6)") == ["2"])
            runner.disconnect()
            try await database.sql("DROP TABLE kept")
        }
    }
}

extension TestDatabase {
    func connect() throws -> Connection {
        try Connection(
            server.options(name, throughPooler: isPooled), connectTimeout: .seconds(5), timeout: .seconds(5))
    }
}

extension Connection {
    /// One more.
    func next(_ number: Int64) throws(UploadError) -> Int64? {
        try first("SELECT $1 + 1", number) { row throws(UploadError) in try row.next() }
    }

    var isPreparing: Bool {
        if case .direct = preparation { true } else { false }
    }

    /// How many statements the session has by a name.
    func prepared(_ name: String) throws(UploadError) -> Int? {
        try begin(.read)
        let count = try first(
            "SELECT count(*) FROM pg_prepared_statements WHERE name = '\(name)'"
        ) { row throws(UploadError) in try row.next(Int.self) }
        endReading()
        return count
    }

    fileprivate func plan(_ name: String, _ access: Access) throws(UploadError) -> String {
        try begin(access)
        let lines = try all("EXPLAIN EXECUTE \(name) (1)") { row throws(UploadError) in try row.next(String.self) }
        rollBack()
        return lines.joined(separator: "\n")
    }
}
