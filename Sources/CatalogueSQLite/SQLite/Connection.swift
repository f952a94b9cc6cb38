import CSQLite
import UploadCore
import UploadMemories

/// One connection to an SQLite database. Used by one thread at a time; every call may block.
///
/// Errors of SQLite are translated to `store_full`, `store_corrupt`, `store_locked`, and `unavailable` for all others,
/// with SQLite's message in the detail.
final class Connection {
    let handle: OpaquePointer
    private var statements: [String: Statement] = [:]
    private var isOpen = true
    /// The copy of the database in progress. SQLite closes no database that is being copied.
    private var copy: DatabaseCopy?

    /// Whether a call failed since this was last set to false. Distinguishes failures of SQLite from the engine's
    /// refusals.
    var hasFailed = false
    /// True after an I/O error: the disk may disagree with this connection. See `BatchExecutor.ready`.
    private(set) var needsReopen = false
    /// Pages in the write-ahead log after the last commit.
    private(set) var logPages = 0
    /// Whether the log's file may hold rows that were deleted since. They stay there until the file is overwritten or
    /// emptied.
    var logHoldsDeletedRows = false
    /// Whether the next checkpoint is due now and empties the log.
    var emptiesLog = false

    /// Opens a database, or creates an empty one.
    ///
    /// - Parameter vfs: The name of the SQLite VFS to use; nil for the system's own.
    init(path: String, vfs: String?) throws(UploadError) {
        var handle: OpaquePointer?
        // Without SQLite's mutexes: one thread at a time uses this type.
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

    /// Whether there is a nonempty file at a path. Does not open the file. False if the check fails: opening the file
    /// then reports the error.
    static func hasContent(_ path: String, vfs name: String?) -> Bool {
        guard let vfs = sqlite3_vfs_find(name), let access = vfs.pointee.xAccess else { return false }
        var result: Int32 = 0
        // An empty file does not exist, for this call.
        return access(vfs, path, SQLITE_ACCESS_EXISTS, &result) == SQLITE_OK && result != 0
    }

    deinit {
        close()
    }

    /// Closes the database. Idempotent; do not call anything else afterwards.
    ///
    /// Call this before reopening the database instead of relying on the last reference: a connection deletes the log
    /// when it closes, and must not delete its successor's.
    func close() {
        guard isOpen else { return }
        isOpen = false
        endCopy()
        for statement in statements.values { statement.finalize() }
        statements = [:]
        // Fails only if statements are left: all were finalized.
        sqlite3_close(handle)
    }

    /// Keeps `logPages` current. Call it again after anything that replaces SQLite's only log hook.
    func countLogPages() {
        sqlite3_wal_hook(
            handle,
            { context, _, _, pages in
                guard let context else { return SQLITE_OK }
                Unmanaged<Connection>.fromOpaque(context).takeUnretainedValue().logPages = Int(pages)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    /// Rows inserted, changed and deleted so far, including those of triggers.
    var totalChanges: Int64 { sqlite3_total_changes64(handle) }
    /// The integer key of the last inserted row.
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }
    private var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Records a failed call and translates its code.
    func failure(_ code: Int32, _ doing: String) -> UploadError {
        hasFailed = true
        let hasDiskFailed =
            code & 0xFF == SQLITE_IOERR || code & 0xFF == SQLITE_CORRUPT && (hasReadFailed || hasRollbackJournal)
        if hasDiskFailed { needsReopen = true }
        return UploadError(
            sqlite: hasDiskFailed ? SQLITE_IOERR : code, "\(String(cString: sqlite3_errmsg(handle))), in: \(doing)")
    }

    /// Whether the system has failed to read the main file or the log since it was opened. SQLite reports that as
    /// corruption, since some file systems answer EIO for damaged blocks; the disk may as well work again later.
    private var hasReadFailed: Bool {
        [SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER].contains { pointer in
            var file: UnsafeMutablePointer<sqlite3_file>?
            var number: Int32 = 0
            guard sqlite3_file_control(handle, "main", pointer, &file) == SQLITE_OK, let file,
                let control = file.pointee.pMethods?.pointee.xFileControl,
                control(file, SQLITE_FCNTL_LAST_ERRNO, &number) == SQLITE_OK
            else { return false }
            return number != 0
        }
    }

    /// Whether there is a rollback journal: a new database has one until it uses a log. It is closed before its error could
    /// be asked for, and no acknowledged row is at stake yet.
    private var hasRollbackJournal: Bool {
        var vfs: UnsafeMutablePointer<sqlite3_vfs>?
        var result: Int32 = 0
        guard sqlite3_file_control(handle, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) == SQLITE_OK, let vfs,
            let access = vfs.pointee.xAccess, let name = sqlite3_db_filename(handle, "main"),
            let journal = sqlite3_filename_journal(name)
        else { return false }
        return access(vfs, journal, SQLITE_ACCESS_EXISTS, &result) == SQLITE_OK && result != 0
    }

    /// The log has pages of an earlier connection, which commits of this one will count.
    func noteFormerLog() {
        logPages = max(logPages, 1)
    }

    /// For failures with other codes after which the disk may disagree with this connection.
    func markForReopen() {
        needsReopen = true
    }
}

// MARK: - Statements

extension Connection {
    /// The statements of this connection so far.
    var preparedSQL: [String] { statements.keys.sorted() }

    private func statement(_ sql: String) throws(UploadError) -> Statement {
        if let statement = statements[sql] { return statement }
        let statement = try Statement(sql, of: self, handle)
        statements[sql] = statement
        return statement
    }

    /// Runs a statement that returns no rows.
    ///
    /// - Returns: The number of rows inserted, changed or deleted, without those of triggers.
    @discardableResult
    func run<each Parameter: ColumnValue>(
        _ sql: String, _ parameters: repeat each Parameter
    ) throws(UploadError) -> Int {
        let statement = try statement(sql)
        _ = try statement.use(repeat each parameters) { () throws(UploadError) in try statement.step() }
        return Int(sqlite3_changes64(handle))
    }

    /// The first row, if there is one. For statements that only read: a change would be committed after its first row, and
    /// its failure would go unnoticed.
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

// MARK: - A copy

extension Connection {
    /// Begins a copy of the database to an empty file, in place of one that was left incomplete.
    func beginCopy(to path: String, vfs: String?) throws(UploadError) {
        endCopy()
        copy = try DatabaseCopy(of: self, to: path, vfs: vfs)
    }

    /// See `DatabaseCopy.step`.
    func stepCopy(pages: Int) throws(UploadError) -> DatabaseCopy.Progress {
        guard let copy else {
            throw UploadError(.unavailable(detail: "the catalogue was opened again while it was copied"))
        }
        let progress = try copy.step(pages: pages)
        if progress.isComplete { self.copy = nil }
        return progress
    }

    func endCopy() {
        copy.take()?.end()
    }
}

// MARK: - Transactions and the log

extension Connection {
    func rollBack() {
        // Some errors roll back by themselves. An error that makes the rollback fail has marked the connection for
        // reopening.
        guard isInTransaction else { return }
        sqlite3_exec(handle, "ROLLBACK", nil, nil, nil)
    }

    enum Checkpoint {
        /// Copies the log into the main file; the log's file stays and is overwritten from its start.
        case copy
        /// Copies the log and truncates its file.
        case empty
    }

    /// Copies committed pages into the main file.
    func checkpoint(_ kind: Checkpoint) throws(UploadError) {
        let mode = kind == .copy ? SQLITE_CHECKPOINT_PASSIVE : SQLITE_CHECKPOINT_TRUNCATE
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, "checkpoint") }
        logPages = 0
        if kind == .empty { logHoldsDeletedRows = false }
    }
}

extension UploadError {
    /// Translates an error code of SQLite.
    init(sqlite code: Int32, _ detail: String) {
        let detail = "SQLite error \(code): \(detail)"
        switch code & 0xFF {
        case SQLITE_FULL: self.init(.storeFull)
        case SQLITE_BUSY, SQLITE_LOCKED: self.init(.storeLocked)
        // The engine checks before it writes: a failing constraint means damage.
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CONSTRAINT, SQLITE_MISMATCH:
            self.init(.storeCorrupt(detail: detail))
        default: self.init(.unavailable(detail: detail))
        }
    }
}
