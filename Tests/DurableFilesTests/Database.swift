import CSQLite
import UploadTestKit

/// As much of SQLite as the tests of the VFS need.
final class Database {
    struct Failure: Error {
        let status: Int32
        let extendedStatus: Int32
        let message: String
    }

    private var handle: OpaquePointer?

    init(_ path: String, _ vfs: SimulatedVFS) throws {
        let status = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, vfs.name)
        guard status == SQLITE_OK else {
            defer { close() }
            throw failure(status)
        }
    }

    /// The settings of a durable database with one owner, a small WAL, and a table.
    func prepare() throws {
        try run("PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        try run("PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=8")
        try run("CREATE TABLE IF NOT EXISTS t(id INTEGER PRIMARY KEY, bytes BLOB)")
    }

    /// One row, and its commit.
    func insert(_ id: Int) throws {
        try run("INSERT INTO t VALUES (\(id), zeroblob(1000 + 700 * (\(id) % 5)))")
    }

    func run(_ sql: String) throws {
        let status = sqlite3_exec(handle, sql, nil, nil, nil)
        guard status == SQLITE_OK else { throw failure(status) }
    }

    /// The first column of every row.
    func strings(_ sql: String) throws -> [String] {
        var statement: OpaquePointer?
        var status = sqlite3_prepare_v2(handle, sql, -1, &statement, nil)
        guard status == SQLITE_OK else { throw failure(status) }
        defer { sqlite3_finalize(statement) }
        var values: [String] = []
        while true {
            status = sqlite3_step(statement)
            if status == SQLITE_DONE { return values }
            guard status == SQLITE_ROW else { throw failure(status) }
            values.append(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "")
        }
    }

    func close() {
        sqlite3_close(handle)
        handle = nil
    }

    private func failure(_ status: Int32) -> Failure {
        Failure(
            status: status & 0xFF, extendedStatus: sqlite3_extended_errcode(handle),
            message: String(cString: sqlite3_errmsg(handle)))
    }
}
