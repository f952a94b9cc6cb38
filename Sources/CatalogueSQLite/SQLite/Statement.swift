import CSQLite
import UploadCore

/// A prepared statement. It lives as long as its connection and is used once at a time.
final class Statement {
    let pointer: OpaquePointer
    private unowned let connection: Connection
    private var isInUse = false

    init(_ sql: String, of connection: Connection, _ handle: OpaquePointer) throws(UploadError) {
        var pointer: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &pointer, nil)
        guard code == SQLITE_OK, let pointer else { throw connection.failure(code, sql) }
        self.pointer = pointer
        self.connection = connection
    }

    func finalize() {
        sqlite3_finalize(pointer)
    }

    /// Binds the parameters, calls `body` and makes the statement ready for its next use.
    func use<each Parameter: ColumnValue, Value>(
        _ parameters: repeat each Parameter, body: () throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        assert(!isInUse, "A row's reader must not run the statement that it reads from")
        isInUse = true
        defer {
            sqlite3_reset(pointer)
            isInUse = false
        }
        var index: Int32 = 0
        for parameter in repeat each parameters {
            index += 1
            try parameter.bind(to: self, at: index)
        }
        assert(index == sqlite3_bind_parameter_count(pointer), "Each parameter of a statement needs a value")
        return try body()
    }

    /// Moves to the next row; false if there is none.
    func step() throws(UploadError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw connection.failure(code, sql)
        }
    }

    var sql: String { sqlite3_sql(pointer).map { String(cString: $0) } ?? "" }
}

// MARK: - For values

extension Statement {
    /// Makes SQLite copy a bound value before the call returns.
    static var copied: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }

    func check(_ code: Int32) throws(UploadError) {
        guard code == SQLITE_OK else { throw connection.failure(code, sql) }
    }

    func bind(_ bytes: UnsafeRawBufferPointer, at index: Int32) throws(UploadError) {
        // A null pointer would be NULL, which is not the same as no bytes.
        guard let start = bytes.baseAddress, !bytes.isEmpty else {
            return try check(sqlite3_bind_zeroblob(pointer, index, 0))
        }
        try check(sqlite3_bind_blob64(pointer, index, start, UInt64(bytes.count), Self.copied))
    }

    /// The bytes of a column, valid until the next step.
    func blob(_ column: Int32) throws(UploadError) -> UnsafeRawBufferPointer {
        try require(SQLITE_BLOB, column)
        let start = sqlite3_column_blob(pointer, column)
        let count = Int(sqlite3_column_bytes(pointer, column))
        guard start != nil || count == 0 else { throw outOfMemory() }
        return UnsafeRawBufferPointer(start: start, count: count)
    }

    func require(_ type: Int32, _ column: Int32) throws(UploadError) {
        guard sqlite3_column_type(pointer, column) == type else { throw unexpected(column, "has another type") }
    }

    /// Damage: an impossible value in a row.
    func unexpected(_ column: Int32, _ problem: String) -> UploadError {
        let name = sqlite3_column_name(pointer, column).map { String(cString: $0) } ?? "\(column)"
        return UploadError(.storeCorrupt(detail: "column \(name) \(problem), in: \(sql)"))
    }

    func outOfMemory() -> UploadError { connection.failure(SQLITE_NOMEM, sql) }
}

/// The current row of a statement, read column by column from the left.
struct Row: ~Copyable {
    private let statement: Statement
    private var column: Int32 = 0

    init(of statement: Statement) {
        self.statement = statement
    }

    /// - Throws: `store_corrupt` if the column holds something else.
    mutating func next<Value: ColumnValue>(_ type: Value.Type = Value.self) throws(UploadError) -> Value {
        defer { column += 1 }
        return try Value(column: column, of: statement)
    }

    /// Damage: a value with the right type and an impossible meaning.
    func corrupt(_ problem: String) -> UploadError {
        statement.unexpected(max(0, column - 1), problem)
    }
}
