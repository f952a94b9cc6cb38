import UploadCore

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

    /// Damage that shows only in the meaning of a value.
    func corrupt(_ problem: String) -> UploadError {
        statement.unexpected(max(0, column - 1), problem)
    }
}
