import CSQLite
import UploadCore

/// One connection to an SQLite database. Used by one thread at a time; every call may block.
///
/// Errors come as those of the engine: `store_full`, `store_corrupt`, `store_locked`, and `unavailable` for the rest,
/// with what SQLite says in the detail.
final class Connection {
    let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    private var isOpen = true

    /// Whether a call failed since this was last set to false: what tells a failure from a refusal.
    var hasFailed = false
    /// Whether an I/O error has happened: what the disk holds may not be what this connection believes.
    private(set) var isDoubtful = false
    /// Pages in the write-ahead log after the last commit.
    private(set) var logPages = 0

    /// Opens a database, or makes an empty one.
    ///
    /// - Parameter vfs: The name of the SQLite VFS to use; nil for the system's own.
    init(path: String, vfs: String?) throws(UploadError) {
        var handle: OpaquePointer?
        // One thread at a time is this type's own rule, so that SQLite's mutexes are for nothing.
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &handle, flags, vfs)
        guard code == SQLITE_OK, let handle else {
            let message = handle.flatMap(sqlite3_errmsg).map { String(cString: $0) } ?? "out of memory"
            sqlite3_close(handle)
            throw UploadError(sqlite: code, "\(message), opening “\(path)”")
        }
        self.handle = handle
        countLogPages()
    }

    deinit {
        close()
    }

    /// Closes the database. Nothing may be called afterwards, but another `close`.
    ///
    /// Whoever opens the database anew has to call this first, and not leave it to the end of the last reference: a
    /// connection that closes deletes the log, and must not find its successor's.
    func close() {
        guard isOpen else { return }
        isOpen = false
        for statement in statements.values { statement.finalize() }
        statements = [:]
        // Fails only while statements are left, and none are.
        sqlite3_close(handle)
    }

    /// Keeps `logPages`; to be called again after anything that replaces SQLite's one hook for that.
    func countLogPages() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Rows inserted, changed and deleted so far, those by triggers included.
    var totalChanges: Int64 { sqlite3_total_changes64(handle) }
    /// The integer key of the row that was inserted last.
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
    private var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Notes a failed call and says what it means.
    func failure(_ code: Int32, _ doing: String) -> UploadError {
        hasFailed = true
        if code & 0xFF == SQLITE_IOERR { isDoubtful = true }
        return UploadError(sqlite: code, "\(String(cString: sqlite3_errmsg(handle))), in: \(doing)")
    }

    /// For a failure whose code says too little of what became of the disk.
    func doubt() {
        isDoubtful = true
    }
}

// MARK: - Statements

extension Connection {
    private func statement(_ sql: String) throws(UploadError) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(sql, of: self, handle)
        statements[sql] = statement
        return statement
    }

    /// Runs a statement that returns no rows.
    ///
    /// - Returns: How many rows it inserted, changed or deleted itself.
    @discardableResult
    func run<each Parameter: ColumnValue>(
        _ sql: String, _ parameters: repeat each Parameter
    ) throws(UploadError) -> Int {
        let statement = try statement(sql)
        _ = try statement.use(repeat each parameters) { () throws(UploadError) in try statement.step() }
        return Int(sqlite3_changes64(handle))
    }

    /// The first row, if there is one.
    func first<each Parameter: ColumnValue, Value>(
        _ sql: String, _ parameters: repeat each Parameter, read: (inout Row) throws(UploadError) -> Value
    ) throws(UploadError) -> Value? {
        let statement = try statement(sql)
        return try statement.use(repeat each parameters) { () throws(UploadError) -> Value? in
            guard try statement.step() else { return nil }
            var row = Row(of: statement)
            return try read(&row)
        }
    }

    /// All rows. `read` must not use the connection.
    func all<each Parameter: ColumnValue, Value>(
        _ sql: String, _ parameters: repeat each Parameter, read: (inout Row) throws(UploadError) -> Value
    ) throws(UploadError) -> [Value] {
        let statement = try statement(sql)
        return try statement.use(repeat each parameters) { () throws(UploadError) -> [Value] in
            var values: [Value] = []
            while try statement.step() {
                var row = Row(of: statement)
                values.append(try read(&row))
            }
            return values
        }
    }

    func exists<each Parameter: ColumnValue>(
        _ sql: String, _ parameters: repeat each Parameter
    ) throws(UploadError) -> Bool {
        try first(sql, repeat each parameters) { _ throws(UploadError) in true } ?? false
    }

    /// Runs several statements once, without keeping them.
    func execute(_ script: String) throws(UploadError) {
        let code = sqlite3_exec(handle, script, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, script) }
    }
}

// MARK: - Transactions and the log

extension Connection {
    func rollBack() {
        // Some errors have rolled back already. One that makes rolling back fail has made the connection doubtful.
        guard isInTransaction else { return }
        sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    enum Checkpoint {
        /// Copies the log into the main file; the log's file stays and is written anew from its start.
        case copy
        /// The same, and empties the log's file.
        case empty
    }

    /// Lets what was committed become part of the main file.
    func checkpoint(_ kind: Checkpoint) throws(UploadError) {
        let mode = kind == .copy ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, "checkpoint") }
        logPages = 0
    }
}
