import CLibPQ
import Testing
import UploadCore
import UploadTestKit

@testable import CataloguePostgres

/// pgbouncer gives each transaction another connection to the server.
@Suite(.serialized) struct PoolerTests {
    private static let pooled = Task { try await PostgresServer.shared.value.startPooler() }

    @Test(arguments: CatalogueContract.sharing + CatalogueContract.Port.memories.checks)
    func `the laws hold through a pooler of transactions`(_ check: CatalogueContract.Check) async throws {
        try await Self.pooled.value
        try await TestDatabase.with(isPooled: true) { database in
            try await check.run { try await database.open() }
        }
    }

    /// As if the pooler were not recognised: sessions that have a statement and sessions that lack it come in turns.
    @Test(arguments: CatalogueContract.sharing)
    func `the laws hold through a pooler that is taken for the server`(_ check: CatalogueContract.Check) async throws {
        try await Self.pooled.value
        try await TestDatabase.with(isPooled: true) { database in
            try await check.run { try await database.open { $0.assumesNoPooler = true } }
        }
    }

    private static let sql = "INSERT INTO kept SELECT $1"
    private static let name = PreparedStatements.Statement(sql: sql, types: [ColumnType.int8]).name

    @Test func `nothing is prepared through a pooler`() async throws {
        try await Self.pooled.value
        try await TestDatabase.with(isPooled: true) { database in
            try await database.sql("CREATE TABLE kept (n bigint)")
            let connection = try database.connect()
            for number in 1...5 {
                try connection.begin(.write)
                try connection.send(Self.sql, Int64(number))
                #expect(try !connection.exists("SELECT 1 FROM pg_prepared_statements WHERE name = '\(Self.name)'"))
                guard case .committed = connection.commit() else {
                    Issue.record("a transaction was not committed")
                    return
                }
            }
            try await database.sql("DROP TABLE kept")
        }
    }

    @Test func `a transaction that gets a session without its statements is repeated, once`() async throws {
        try await Self.pooled.value
        try await TestDatabase.with(isPooled: true) { database in
            try await database.sql("CREATE TABLE kept (n bigint)")
            var settings = database.settings()
            settings.repetitionsMax = 0
            settings.assumesNoPooler = true
            var runner = TransactionRunner(settings, Availability())
            var (attempts, session) = (0, 0)
            func insert(_ numbers: ClosedRange<Int64>) throws {
                for number in numbers {
                    try runner.perform(.write) { connection throws(UploadError) in
                        attempts += 1
                        try connection.send(Self.sql, number)
                        session = try connection.session()
                    }
                }
            }
            try insert(1...3)
            // Unless the pooler has given them two sessions, and the transaction was repeated already.
            let prepared = session
            // Of the four sessions only that which has the statement stays taken.
            let holders = try (0..<4).map { _ in try database.connect() }
            var sessions: [Int] = []
            for holder in holders {
                try holder.begin(.write)
                sessions.append(try holder.session())
            }
            for (holder, session) in zip(holders, sessions) where session != prepared { holder.rollBack() }
            for holder in holders { try holder.drain() }
            try insert(4...5)
            #expect(attempts == 6)
            #expect(try await database.sql("SELECT n FROM kept ORDER BY n") == ["1", "2", "3", "4", "5"])
            runner.disconnect()
            #expect(sessions.contains(prepared))
            try await database.sql("DROP TABLE kept")
        }
    }
}

extension Connection {
    /// The number of the session at the server.
    fileprivate func session() throws(UploadError) -> Int {
        try first("SELECT pg_backend_pid()") { row throws(UploadError) in try row.next(Int.self) } ?? 0
    }
}
