@testable import CataloguePostgres
import SessionCore
import Testing
import UploadCore

@Suite struct ColumnTests {
    /// What the database returns for a parameter.
    private func returned<Value: ColumnValue & Sendable>(_ values: [Value]) async throws -> [Value] {
        try await TestDatabase.with { database in
            let connection = try Connection(
                database.server.options(database.name), connectTimeout: .seconds(5), timeout: .seconds(5))
            try connection.begin(.read)
            return try values.map { value in
                try #require(try connection.first("SELECT $1", value) { row throws(UploadError) in try row.next() })
            }
        }
    }

    private static let texts = ["", "\0", "\0\0", "\0\u{1}", "\u{1}", "\u{1}\0", "\u{2}", "a\0b", "é", "e\u{301}", "👩‍👩‍👧"]

    @Test func `every text comes back byte for byte`() async throws {
        let found = try await returned(Self.texts)
        #expect(found.map { Array($0.utf8) } == Self.texts.map { Array($0.utf8) })
    }

    @Test func `the stored form of texts keeps their order, and which begins with which`() throws {
        func stored(_ text: String) throws -> [UInt8] {
            var bytes: [UInt8] = []
            _ = try text.encode(into: &bytes)
            return bytes
        }
        for (left, right) in Self.texts.flatMap({ left in Self.texts.map { (left, $0) } }) {
            let (storedLeft, storedRight) = (try stored(left), try stored(right))
            #expect(
                storedLeft.lexicographicallyPrecedes(storedRight) == left.utf8.lexicographicallyPrecedes(right.utf8))
            #expect(storedRight.starts(with: storedLeft) == right.utf8.starts(with: left.utf8))
        }
    }

    @Test func `numbers come back, and those past the largest are refused`() async throws {
        #expect(try await returned([0, -1, .min, .max] as [Int64]) == [0, -1, .min, .max])
        #expect(try await returned([0, UInt64(Int64.max)]) == [0, UInt64(Int64.max)])
        await #expect(throws: UploadError.self) { try await returned([UInt64(Int64.max) + 1]) }
        #expect(try await returned([nil, 5] as [Int?]) == [nil, 5])
    }

    @Test func `bytes, ids and truth come back, empty ones too`() async throws {
        #expect(try await returned([[], [0], Array(0...255)] as [[UInt8]]) == [[], [0], Array(0...255)])
        #expect(try await returned([SessionId(high: 1, low: .max)]) == [SessionId(high: 1, low: .max)])
        #expect(try await returned([true, false]) == [true, false])
    }

    @Test func `arrays are lists of any length`() async throws {
        try await TestDatabase.with { database in
            let connection = try Connection(
                database.server.options(database.name), connectTimeout: .seconds(5), timeout: .seconds(5))
            try connection.begin(.read)
            for list in [[], [1], [3, 1, 2]] as [[Int64]] {
                let found = try connection.all("SELECT unnest($1::bigint[])", ColumnArray(list)) {
                    row throws(UploadError) in
                    try row.next(Int64.self)
                }
                #expect(found == list)
            }
            let texts = try connection.all("SELECT unnest($1::text[])", ColumnArray(Self.texts)) {
                row throws(UploadError) in
                try row.next(String.self)
            }
            #expect(texts.map { Array($0.utf8) } == Self.texts.map { Array($0.utf8) })
        }
    }

    @Test func `a statement after a failed one fails, and the connection serves the next transaction`() async throws {
        try await TestDatabase.with { database in
            let connection = try Connection(
                database.server.options(database.name), connectTimeout: .seconds(5), timeout: .seconds(5))
            try connection.begin(.write)
            // Sent without waiting: the next call that waits tells.
            try connection.send("SELECT 1 / 0")
            try connection.send("SELECT 2")
            #expect(throws: UploadError.self) { try connection.exists("SELECT 3") }
            #expect(connection.failure?.sqlState == "22012")
            connection.rollBack()
            #expect(connection.isUsable)
            try connection.begin(.write)
            #expect(try connection.exists("SELECT 4"))
            guard case .committed = connection.commit() else {
                throw PostgresServer.Failure(description: "not committed")
            }
        }
    }
}

@Suite struct BackOffTests {
    @Test func `the wait doubles up to the longest, and ends with a success`() {
        let start = ContinuousClock.now
        var backOff = BackOff()
        #expect(backOff.permits(at: start))
        var wait = BackOff.first
        for _ in 0..<10 {
            backOff.failed(at: start)
            #expect(!backOff.permits(at: start + wait - .milliseconds(1)))
            #expect(backOff.permits(at: start + wait))
            wait = min(wait * 2, BackOff.longest)
        }
        #expect(wait == BackOff.longest)
        backOff.succeeded()
        #expect(backOff.permits(at: start))
    }
}
