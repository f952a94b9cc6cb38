import CLibPQ
import UploadCore

/// A row of a result, read column by column from the left.
struct Row: ~Copyable {
    private let result: OpaquePointer
    private let index: Int32
    private var column: Int32 = 0

    init(_ index: Int32, of result: OpaquePointer) {
        self.result = result
        self.index = index
    }

    /// - Throws: `store_corrupt` if the column holds something else.
    mutating func next<Value: ColumnValue>(_ type: Value.Type = Value.self) throws(UploadError) -> Value {
        defer { column += 1 }
        return try Value(current)
    }

    private var current: Column {
        let isNull = PQgetisnull(result, index, column) == 1
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(result, index, column), count: Int(PQgetlength(result, index, column)))
        return Column(
            bytes: isNull ? nil : bytes, type: PQftype(result, column),
            name: PQfname(result, column).map { String(cString: $0) } ?? "\(column)")
    }

    /// Damage: a value with the right type and an impossible meaning.
    func corrupt(_ problem: String) -> UploadError {
        let name = PQfname(result, max(0, column - 1)).map { String(cString: $0) } ?? "\(column)"
        return UploadError(.storeCorrupt(detail: "column \(name) \(problem)"))
    }
}
