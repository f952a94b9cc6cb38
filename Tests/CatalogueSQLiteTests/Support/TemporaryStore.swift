import CSQLite
import DurableFiles
import Glibc
import Testing
import UploadCore

@testable import CatalogueSQLite

/// A database file in a directory of its own, which goes away with it.
final class TemporaryStore: Sendable {
    let directory: String
    let pool = ThreadPool(name: "catalogue", threads: 1)

    init() throws {
        var template = Array("/tmp/wharf-catalogue-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        pool.shutdown()
        for suffix in ["", "-wal", "-journal", "-shm"] { unlink(path + suffix) }
        rmdir(directory)
    }

    var path: String { directory + "/catalogue" }

    func open(_ durability: Durability = .processCrash) async throws -> CatalogueSQLite {
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
        return try connection.explain(query)
    }

    func write(_ bytes: [UInt8]) throws {
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        defer { Glibc.close(descriptor) }
        try #require(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }
}

extension Connection {
    /// Parameters of the query are taken for NULL.
    fileprivate func explain(_ query: String) throws(UploadError) -> [String] {
        try all("SELECT detail FROM (\(query))") { row throws(UploadError) in try row.next() }
    }
}
