import CSQLite
import SessionCore
import UploadCore

/// A type that a column of a table can hold.
protocol ColumnValue {
    /// Binds the value to a parameter, the first of which has index 1.
    func bind(to statement: Statement, at index: Int32) throws(UploadError)
    /// Reads a column, the first of which has index 0.
    ///
    /// - Throws: `store_corrupt` if the column holds something else.
    init(column: Int32, of statement: Statement) throws(UploadError)
}

extension Int64: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try statement.check(sqlite3_bind_int64(statement.pointer, index, self))
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        try statement.require(SQLITE_INTEGER, column)
        self = sqlite3_column_int64(statement.pointer, column)
    }
}

/// SQLite's integers are signed. Numbers from 2^63 on are refused when bound, and negative ones are damage when read.
extension UInt64: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        guard let number = Int64(exactly: self) else {
            throw UploadError(.invalidArgument("number", "is \(self), past the largest that can be recorded"))
        }
        try number.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        let number = try Int64(column: column, of: statement)
        guard let positive = UInt64(exactly: number) else { throw statement.unexpected(column, "is \(number)") }
        self = positive
    }
}

extension Int: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try Int64(self).bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self = Int(try Int64(column: column, of: statement))
    }
}

extension UInt32: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try Int64(self).bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        let number = try Int64(column: column, of: statement)
        guard let small = UInt32(exactly: number) else { throw statement.unexpected(column, "is \(number)") }
        self = small
    }
}

extension Bool: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try Int64(self ? 1 : 0).bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self = try Int64(column: column, of: statement) != 0
    }
}

/// Enumerations are stored as their numbers.
extension ColumnValue where Self: RawRepresentable, Self.RawValue == Int {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try rawValue.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        let number = try Int(column: column, of: statement)
        guard let value = Self(rawValue: number) else {
            throw statement.unexpected(column, "is \(number), which is no \(Self.self)")
        }
        self = value
    }
}

/// Any Unicode, zero bytes included: the length is bound with the bytes.
extension String: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        var text = self
        let code = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // A null pointer would be NULL, which is not the same as no text.
                guard let start = characters.baseAddress else {
                    return sqlite3_bind_text(statement.pointer, index, "", 0, Statement.copied)
                }
                return sqlite3_bind_text64(
                    statement.pointer, index, start, UInt64(characters.count), Statement.copied, UInt8(SQLITE_UTF8))
            }
        }
        try statement.check(code)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        try statement.require(SQLITE_TEXT, column)
        // SQLite requires this order: the text first, then its size.
        guard let start = sqlite3_column_text(statement.pointer, column) else { throw statement.outOfMemory() }
        let count = Int(sqlite3_column_bytes(statement.pointer, column))
        self = String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}

extension [UInt8]: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try withBytes { bytes throws(UploadError) in try statement.bind(bytes, at: index) }
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self = Array(try statement.blob(column))
    }
}

extension ArraySlice<UInt8>: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try withBytes { bytes throws(UploadError) in try statement.bind(bytes, at: index) }
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self = try [UInt8](column: column, of: statement)[...]
    }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        guard let value = self else {
            return try statement.check(sqlite3_bind_null(statement.pointer, index))
        }
        try value.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        let isNull = sqlite3_column_type(statement.pointer, column) == SQLITE_NULL
        self = isNull ? nil : try Wrapped(column: column, of: statement)
    }
}
