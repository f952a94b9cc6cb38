import CSQLite
import DurableFiles
import Glibc
import Testing
import UploadCore
import UploadTestKit

@testable import CatalogueSQLite

/// A database file in a directory of its own, which goes away with it.
final class TemporaryStore: Sendable {
    private let directory: TemporaryDirectory
    let pool = ThreadPool(name: "catalogue", threads: 1)

    init() throws {
        directory = try TemporaryDirectory()
    }

    deinit {
        pool.shutdown()
    }

    var path: String { directory.path + "/catalogue" }

    func open(_ durability: Durability = .processCrash) async throws(UploadError) -> CatalogueSQLite {
        try await CatalogueSQLite(path: path, pool: pool, durability: durability)
    }

    /// Opens and closes the database with a format of the test's own.
    func make(_ format: Format) throws {
        _ = try Connection(StoreFile(path: path, vfs: nil, durability: .processCrash, format: format))
    }

    /// Runs statements on the closed database, as somebody else would.
    func run(_ script: String) throws {
        let connection = try Connection(path: path, vfs: nil)
        try connection.execute(script)
    }

    func number(_ query: String) throws -> Int64? {
        let connection = try Connection(path: path, vfs: nil)
        return try connection.first(query) { row throws(UploadError) in try row.next() }
    }

    /// The steps that SQLite would take.
    func plan(of query: String) throws -> [String] {
        let connection = try Connection(path: path, vfs: nil)
        try connection.indexPendingDerivations()
        func detail(_ row: inout Row) throws(UploadError) -> String {
            for _ in 0..<3 { _ = try row.next(Int.self) }
            return try row.next()
        }
        // A statement has as many parameters as the highest of their numbers says.
        let explain = "EXPLAIN QUERY PLAN \(query)"
        switch (1...4).last(where: { query.contains("?\($0)") }) {
        case 4: return try connection.all(explain, 0, 0, 0, 0, read: detail)
        case 3: return try connection.all(explain, 0, 0, 0, read: detail)
        case 2: return try connection.all(explain, 0, 0, read: detail)
        case 1: return try connection.all(explain, 0, read: detail)
        default: return try connection.all(explain, read: detail)
        }
    }

    func write(_ bytes: [UInt8]) throws {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { Glibc.close(descriptor) }
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// The size of the database file, or of one beside it; 0 if there is none.
    func size(_ suffix: String) throws -> Int {
        var status = stat()
        return stat(path + suffix, &status) == 0 ? Int(status.st_size) : 0
    }
}
