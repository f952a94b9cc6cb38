@testable import CataloguePostgres
import SessionCore
import Testing
import UploadCore

/// What a check asks the database.
@Suite struct CheckTests {
    /// Uploads in all states, of which each table of problems gets inconsistent rows.
    private func damage(_ fixture: Fixture) async throws {
        for number in 0..<7 {
            let record = try await fixture.begin(fixture.draft(isPartial: number == 6))
            if number % 2 == 0 { try await fixture.commit(record.id, length: 25) }
        }
        let database = fixture.database
        try await database.sql(
            "UPDATE uploads SET is_freed = true WHERE seq IN (SELECT seq FROM uploads ORDER BY seq LIMIT 3)")
        try await database.sql("UPDATE uploads SET unsized_bytes = 5 WHERE seq = (SELECT max(seq) FROM uploads)")
        for number in 0..<5 {
            // Four of them overlap their predecessors.
            try await database.sql(
                """
                INSERT INTO receipts (object, upload, start, stop, key)
                VALUES ('\\x01', 1000, \(number * 5), \(number * 5 + 6), sha256('\\x0\(number)'))
                """)
        }
        try await database.sql("INSERT INTO garbage (key) VALUES (sha256('\\x01'))")
        try await database.sql("INSERT INTO bytes (upload, start, data) VALUES (2000, 0, 'a')")
        try await database.sql("INSERT INTO ledger (upload, page, bits) VALUES (2001, 0, '\\x01')")
        try await database.sql("INSERT INTO checksums (upload, page, sums) VALUES (2002, 0, '')")
        try await database.sql("INSERT INTO parts (whole, position, source) VALUES (2003, 0, 2004)")
        try await database.sql("UPDATE capsules SET inline_bytes = 7")
        for number in 0..<5 {
            try await database.sql(
                """
                INSERT INTO assets (memory, id, kind, content_type, size, digest, blob)
                VALUES (3000, '\\x0\(number)', 'original', 'image/jpeg', 1, '', '\\x05')
                """)
        }
        try await database.sql("UPDATE active_shards SET n = n + 1")
    }

    private static let expected = [
        "a chunk belongs to no pending upload (2001)", "a page of checksums belongs to no upload with a file (2002)",
        "a part has no concatenation, or is committed without its bytes (2003)",
        "a concatenation has rows in only one of its two tables (2003)",
        "bytes in the catalogue belong to no upload (2000)",
    ]

    @Test func `problems are the same whatever the parts of the tables are`() async throws {
        try await TestDatabase.with { database in
            let catalogue = try await database.open()
            let fixture = try await Fixture(database, [catalogue])
            try await damage(fixture)
            let all = try await catalogue.problems()
            for problem in Self.expected { #expect(all.contains(problem), "\(problem)") }
            func count(_ text: String) -> Int { all.count { $0.hasPrefix(text) } }
            #expect(count("a pending or committed upload is marked as freed") == 3)
            #expect(count("a segment belongs to no upload") == 5)
            #expect(count("a segment overlaps") == 4)
            #expect(count("a segment is recorded, announced or garbage") == 1)
            #expect(count("an asset belongs to no memory") == 5)
            #expect(count("an asset refers to a blob that does not exist") == 5)
            #expect(count("the count of a capsule's inline bytes") == 1)
            #expect(count("the durable bytes of an upload of known length") == 1)
            #expect(count("the count of a caller's pending uploads") == 1)
            for rows in [1, 2, 3, 5, 100] {
                let found = try await catalogue.problems(rows: rows, atMost: 1000)
                #expect(found.sorted() == all.sorted(), "\(rows) rows")
            }
            await catalogue.close()
        }
    }

    @Test func `the number of problems is limited, and the last one says so`() async throws {
        try await TestDatabase.with { database in
            let catalogue = try await database.open()
            try await damage(try await Fixture(database, [catalogue]))
            let all = try await catalogue.problems()
            #expect(try await catalogue.problems(rows: 2, atMost: all.count).count == all.count)
            let limited = try await catalogue.problems(rows: 2, atMost: all.count - 1)
            #expect(limited.count == all.count)
            #expect(limited.last == "there are more problems than these \(all.count - 1)")
            await catalogue.close()
        }
    }

    @Test func `statements of a check have a limit of their own, those after it the usual one`() async throws {
        try await TestDatabase.with { database in
            let catalogue = try await database.open { settings in
                settings.connectionsMax = 1
                settings.statementTimeout = .seconds(7)
                settings.checkTimeout = .seconds(3 * 3600)
            }
            // Of a statement, and of an engine that says nothing within a transaction.
            @Sendable func limits(_ queries: Queries) throws(UploadError) -> String? {
                try queries.connection.first(
                    """
                    SELECT concat_ws(' ', current_setting('statement_timeout'),
                        current_setting('idle_in_transaction_session_timeout'))
                    """
                ) { row throws(UploadError) in try row.next(String.self) }
            }
            #expect(try await catalogue.check { queries throws(UploadError) in try limits(queries) } == "3h 3h")
            #expect(try await catalogue.read { queries throws(UploadError) in try limits(queries) } == "7s 7s")
            #expect(try await catalogue.write { queries throws(UploadError) in try limits(queries) } == "7s 7s")
            await catalogue.close()
        }
        var settings = PostgresSettings(connection: "")
        settings.checkTimeout = .milliseconds(9)
        #expect(throws: UploadError.self) { try settings.validate() }
        settings = PostgresSettings(connection: "")
        settings.firstRemovalDelay = PostgresSettings.firstRemovalDelayMax
        try settings.validate()
        settings.firstRemovalDelay += .milliseconds(1)
        #expect(throws: UploadError.self) { try settings.validate() }
    }

    @Test func `a database without tables is not opened for a check, and gets none`() async throws {
        let server = try await PostgresServer.shared.value
        let name = "empty_\(server.nextNumber())"
        try await server.sql("CREATE DATABASE \(name)")
        do {
            let catalogue = try await CataloguePostgres(checking: PostgresSettings(connection: server.options(name)))
            Issue.record("it was opened")
            await catalogue.close()
        } catch {
            #expect(error.code == .invalidArgument)
            #expect(error.debugDescription.contains("no tables of Wharf"))
        }
        #expect(try await server.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", in: name) == ["0"])
        try await server.sql("DROP DATABASE \(name)")
    }

    @Test func `a database of another release is not opened for a check`() async throws {
        try await TestDatabase.with { database in
            for format in [Format.current.version + 1, 0] {
                try await database.sql("UPDATE wharf_store SET format = \(format)")
                let refused = await refusal { () throws(UploadError) in
                    try await CataloguePostgres(checking: database.settings())
                }
                #expect(refused == (format == 0 ? .invalidArgument : .unsupportedFormat))
            }
        }
    }

    @Test func `garbage that could not be removed is due later, each time for longer`() async throws {
        try await Fixture.with { fixture in
            let keys = [fixture.key("a"), fixture.key("b")]
            try await fixture.database.sql(
                "INSERT INTO garbage (key) VALUES ('\\x\(keys[0].digest.hex)'), ('\\x\(keys[1].digest.hex)')")
            func delay() async throws -> [String] {
                try await fixture.database.sql(
                    """
                    SELECT ceil(extract(epoch FROM due_at - now()) / 60)::bigint::text || ' ' || removals
                    FROM garbage WHERE due_at > now()
                    """)
            }
            for minutes in [1, 2, 4] {
                try await fixture.database.sql("UPDATE garbage SET due_at = now()")
                try await fixture.catalogue.postponeGarbage([keys[0]])
                #expect(try await delay() == ["\(minutes) 0"])
                #expect(try await fixture.catalogue.garbage(limit: 9) == [keys[1]])
            }
            // What another engine has removed meanwhile is not due, and stays as it is.
            try await fixture.catalogue.postponeGarbage([keys[0]])
            #expect(try await delay() == ["4 0"])
            try await fixture.database.sql("UPDATE garbage SET due_at = now()")
            try await fixture.catalogue.forgetGarbage([keys[0]])
            try await fixture.database.sql("UPDATE garbage SET due_at = now()")
            try await fixture.catalogue.postponeGarbage([keys[0]])
            #expect(try await delay() == ["1 1"])
        }
    }

    @Test func `the delay has a longest value, and the number of remembered keys a limit`() {
        var backOff = RemovalBackOff()
        let key = ObjectKey(Digest(of: [1]))
        var delays: [Int64] = []
        for _ in 0..<30 { delays += backOff.delays(of: [key]).map(\.milliseconds) }
        #expect(delays.prefix(3) == [60_000, 120_000, 240_000])
        #expect(delays.suffix(3) == [86_400_000, 86_400_000, 86_400_000])
        let others = (0..<RemovalBackOff.keysMax - 1).map { number in ObjectKey(Digest(of: Array("\(number)".utf8))) }
        _ = backOff.delays(of: others)
        #expect(backOff.delays(of: [key]).map(\.milliseconds) == [86_400_000])
        _ = backOff.delays(of: [ObjectKey(Digest(of: [2]))])
        #expect(backOff.delays(of: [key]).map(\.milliseconds) == [60_000])
    }
}
