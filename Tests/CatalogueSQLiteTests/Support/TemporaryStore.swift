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

    func open(_ format: Format) async throws -> CatalogueSQLite {
        try await CatalogueSQLite(StoreFile(path: path, vfs: nil, durability: .processCrash, format: format), pool: pool)
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
}
