import Dispatch
import DurableFiles
import SessionCore
import Synchronization
import Testing
import UploadCore
import UploadTestKit

@testable import CataloguePostgres

@Suite struct LostConnectionTests {
    /// Ends the sessions of a database that are within a transaction.
    private static let endTransactions = """
        SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_xid IS NOT NULL
        """

    @Test func `a connection that is lost within a transaction is replaced, and the call repeated`() async throws {
        try await Fixture.with { fixture in
            let calls = Mutex(0)
            let options = fixture.database.server.options(fixture.database.name)
            let draft = fixture.draft(key: "key")
            let begun = try await fixture.catalogue.begin(draft) { _ in
                // Runs within the transaction.
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                guard isFirst else { return }
                #expect((try? PostgresServer.sql(Self.endTransactions, options)) == ["t"])
            }
            guard case .created(let record) = begun else {
                throw ContractViolation("the lost transaction was committed")
            }
            #expect(record.id == draft.record.id)
            #expect(calls.withLock(\.self) == 2)
            #expect(try await fixture.catalogue.countByStatus().pending == 1)
        }
    }

    @Test func `a call whose connections are lost again and again is unavailable and changes nothing`() async throws {
        try await Fixture.with { settings in
            settings.repetitionsMax = 2
        } _: { fixture in
            let calls = Mutex(0)
            let options = fixture.database.server.options(fixture.database.name)
            let code = await refusal { () throws(UploadError) in
                try await fixture.catalogue.begin(fixture.draft()) { _ in
                    calls.withLock { $0 += 1 }
                    _ = try? PostgresServer.sql(Self.endTransactions, options)
                }
            }
            #expect(code == .unavailable)
            #expect(calls.withLock(\.self) == 3)
            let counts = try await fixture.catalogue.countByStatus()
            #expect(counts.pending == 0)
        }
    }

    @Test func `idle connections that the server has closed are replaced unnoticed`() async throws {
        try await Fixture.with { fixture in
            _ = try await together(8) { _ in try await fixture.begin(fixture.draft()) }
            try await fixture.database.sql(
                """
                SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            _ = try await together(8) { _ in try await fixture.begin(fixture.draft()) }
            #expect(try await fixture.catalogue.countByStatus().pending == 16)
        }
    }

    @Test func `a lock that is not given up makes calls unavailable, and ends with its transaction`() async throws {
        try await Fixture.with { settings in
            // A busy machine needs less for all other calls.
            settings.statementTimeout = .seconds(3)
            settings.repetitionsMax = 0
        } _: { fixture in
            let upload = try await fixture.begin(fixture.draft())
            let database = fixture.database
            let gate = DispatchSemaphore(value: 0)
            // Also if an expectation fails; the check may be called more than once.
            defer { for _ in 0..<9 { gate.signal() } }
            let other = try await database.open()
            async let held: Void = other.amend(
                upload.id, asset: nil, length: nil, fence: .initial, seen: fixture.time(9),
                admission: Admission(
                    checkAccess: { _ in gate.wait() }, allowance: .unlimited))
            try await eventually("the row is locked") {
                try await database.sql(
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'"
                ) == ["1"]
            }
            let code = await refusal { () throws(UploadError) in
                try await fixture.catalogue.record(DurablePiece(.chunk(index: 0)), of: upload.id, seen: fixture.time(9))
            }
            #expect(code == .unavailable)
            for _ in 0..<9 { gate.signal() }
            try await held
            await other.close()
            try await fixture.catalogue.record(DurablePiece(.chunk(index: 0)), of: upload.id, seen: fixture.time(9))
        }
    }

    @Test func `of two transactions that wait for each other the one that is cancelled is repeated`() async throws {
        try await Fixture.with { fixture in
            let database = fixture.database
            // So that this catalogue notices first.
            try await database.sql("ALTER DATABASE \(database.name) SET deadlock_timeout = '10ms'")
            try await database.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                    + "AND pid <> pg_backend_pid()")
            let memory = try await fixture.memoryOfBlob()
            let other = Mutex<Task<[String], any Error>?>(nil)
            let ended = Ended()
            let calls = Mutex(0)
            // The capsule is locked, then the access is checked, then the blob is locked.
            _ = try await fixture.catalogue.deleteMemory(memory, withBlobs: true, at: fixture.time(3)) { _ in
                let isFirst = calls.withLock { calls in
                    calls += 1
                    return calls == 1
                }
                guard isFirst else { return }
                other.withLock {
                    $0 = Task {
                        defer { ended.value.store(true, ordering: .relaxed) }
                        return try await database.sql(
                            """
                            SET deadlock_timeout = '60s';
                            BEGIN; UPDATE uploads SET last_seen = last_seen; UPDATE capsules SET title = title; COMMIT
                            """)
                    }
                }
                let options = database.server.options(database.name)
                // Locks of transactions name no database, and other tests use the server as well.
                let waiting =
                    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                while !ended.value.load(ordering: .relaxed),
                    (try? PostgresServer.sql(waiting, options))?.isEmpty != false
                {}
            }
            _ = try await other.withLock(\.self)?.value
            // More often if it takes the capsule back before the other has noticed.
            #expect(calls.withLock(\.self) >= 2)
        }
    }

    @Test func `calls beyond the limit of waiting ones are refused at once`() async throws {
        try await TestDatabase.with { database in
            var limits = Limits()
            limits.catalogueCallsMax = 2
            let catalogue = try await CataloguePostgres(database.settings(), limits: limits)
            let codes = try await together(64) { number in
                await refusal { () throws(UploadError) in
                    try await catalogue.usage(of: Principal("\(number)"))
                }
            }
            #expect(codes.contains(nil))
            #expect(codes.contains(.unavailable))
            await catalogue.close()
            #expect(await refusal { () throws(UploadError) in try await catalogue.countBlobs() } == .unavailable)
        }
    }
}

@Suite struct RestartTests {
    /// A server that waits for a standby which does not exist, once `awaitsStandby` is set.
    private struct Server {
        let server: PostgresServer
        let database: TestDatabase

        init() async throws {
            server = try await PostgresServer(settings: ["fsync = off", "full_page_writes = off"])
            database = TestDatabase(server: server, name: "wharf")
            try await server.sql("CREATE DATABASE wharf")
        }

        func awaitStandby(_ name: String) async throws {
            try await server.sql("ALTER SYSTEM SET synchronous_standby_names = '\(name)'")
            try await server.sql("SELECT pg_reload_conf()")
            try await eventually("the setting is reloaded") {
                try await server.sql("SHOW synchronous_standby_names") == [name]
            }
            // Commits wait once the checkpointer knows the setting. It reads settings before it begins a checkpoint;
            // the first one may have begun just before the setting changed.
            for _ in 0..<2 { try await server.sql("CHECKPOINT") }
        }

        /// The number of sessions that wait for a standby, which `end` ends.
        func sessionsAwaitingStandby(_ end: String = "true") async throws -> Int {
            try await server.sql("SELECT \(end) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").count
        }
    }

    @Test func `while the server is down calls are unavailable, and afterwards they succeed`() async throws {
        let server = try await Server()
        let catalogue = try await server.database.open()
        let fixture = try await Fixture(server.database, [catalogue])
        let upload = try await fixture.begin(fixture.draft())
        try await server.server.stop()
        for _ in 0..<3 {
            let code = await refusal { () throws(UploadError) in try await catalogue.upload(upload.id) }
            #expect(code == .unavailable)
        }
        try await server.server.resume()
        try await eventually("the catalogue comes back") {
            await refusal { () throws(UploadError) in try await catalogue.upload(upload.id) } == nil
        }
        _ = try await fixture.begin(fixture.draft())
        await catalogue.close()
    }

    @Test func `a frozen server holds no call for longer than an answer is awaited`() async throws {
        let server = try await Server()
        let catalogue = try await server.database.open {
            $0.statementTimeout = .seconds(2)
            $0.repetitionsMax = 0
        }
        _ = try await catalogue.countBlobs()
        try await server.server.freeze()
        // Otherwise a call that waits for the server would never end, nor would the test.
        let limit = Ended()
        DispatchQueue.global().asyncAfter(deadline: .now() + 60) {
            limit.value.store(true, ordering: .relaxed)
            Task { try? await server.server.thaw() }
        }
        let code = await refusal { () throws(UploadError) in try await catalogue.countBlobs() }
        #expect(code == .unavailable)
        let hasWaited = limit.value.load(ordering: .relaxed)
        #expect(!hasWaited, "the call ends before the server goes on")
        try await server.server.thaw()
        try await eventually("the catalogue comes back") {
            await refusal { () throws(UploadError) in try await catalogue.countBlobs() } == nil
        }
        await catalogue.close()
    }

    @Test func `the outcome of a commit whose connection is lost is asked for`() async throws {
        let server = try await Server()
        let catalogue = try await server.database.open()
        let fixture = try await Fixture(server.database, [catalogue])
        let calls = Mutex(0)
        try await server.awaitStandby("nobody")
        async let begun = catalogue.begin(fixture.draft()) { _ in calls.withLock { $0 += 1 } }
        try await eventually("the commit waits for a standby") { try await server.sessionsAwaitingStandby() == 1 }
        // The commit is done, and its answer is lost. Neither is the answer about it given before a standby has it.
        #expect(try await server.sessionsAwaitingStandby("pg_terminate_backend(pid)") == 1)
        try await eventually("the question waits for a standby") { try await server.sessionsAwaitingStandby() == 1 }
        try await server.awaitStandby("")
        guard case .created = try await begun else { throw ContractViolation("the call was repeated") }
        #expect(calls.withLock(\.self) == 1)
        #expect(try await catalogue.countByStatus().pending == 1)
        await catalogue.close()
    }

    @Test func `a commit that no standby has is not acknowledged, even if the wait for it is cancelled`() async throws {
        let server = try await Server()
        let catalogue = try await server.database.open {
            $0.statementTimeout = .seconds(2)
            $0.repetitionsMax = 1
        }
        let fixture = try await Fixture(server.database, [catalogue])
        try await server.awaitStandby("nobody")
        async let code = refusal { () throws(UploadError) in
            try await catalogue.begin(fixture.draft(), checkAccess: admitAll)
        }
        // On a busy machine the catalogue may have given the first session up by now, and ask about it in a second one.
        try await eventually("the commit waits for a standby") { try await server.sessionsAwaitingStandby() > 0 }
        #expect(try await server.sessionsAwaitingStandby("pg_cancel_backend(pid)") > 0)
        #expect(await code == .unavailable)
        try await server.awaitStandby("")
        await catalogue.close()
    }

    @Test func `a commit that waits for a standby is not cancelled by the limit of its client`() async throws {
        let server = try await Server()
        // A busy machine needs less for everything but the commit.
        let catalogue = try await server.database.open {
            $0.statementTimeout = .seconds(4)
            $0.repetitionsMax = 0
        }
        let other = try await server.database.open()
        let fixture = try await Fixture(server.database, [other])
        try await server.awaitStandby("nobody")
        let code = await refusal { () throws(UploadError) in
            try await catalogue.begin(fixture.draft(), checkAccess: admitAll)
        }
        #expect(code == .unavailable)
        #expect(try await other.countByStatus().pending == 0, "another engine must not tell what no standby has")
        try await server.awaitStandby("")
        await catalogue.close()
        await other.close()
    }

    @Test func `a number that another life of the server may have given again proves nothing`() async throws {
        let server = try await Server()
        let settings = server.database.settings()
        let threads = ThreadPool(name: "test", threads: 1)
        defer { threads.shutdown() }
        let fates = try await threads.run { () throws -> [Connection.Fate?] in
            let connection = try Connection(settings.connection, connectTimeout: .seconds(5), timeout: .seconds(5))
            try connection.begin(.write)
            _ = try connection.exists("SELECT 1")
            guard let transaction = connection.transaction, case .committed = connection.commit() else { return [] }
            // Its number, the start of its server, and its own start.
            let parts = transaction.split(separator: " ").map(String.init)
            var (older, other) = (parts, parts)
            // Before the statistics were reset.
            older[2] = "0"
            other[1] = "0"
            return [
                try connection.fate(of: transaction), try connection.fate(of: older.joined(separator: " ")),
                try connection.fate(of: other.joined(separator: " ")),
            ]
        }
        #expect(fates == [.committed, nil, nil])
    }
}

/// Whether something has ended.
private final class Ended: Sendable {
    let value = Atomic(false)
}
