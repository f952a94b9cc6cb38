import CSQLite
import CatalogueRows
import UploadCore

extension CatalogueValue: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        switch self {
        case .null: try (nil as Int64?).bind(to: statement, at: index)
        case .number(let number): try number.bind(to: statement, at: index)
        case .text(let text): try text.bind(to: statement, at: index)
        case .bytes(let bytes): try bytes.bind(to: statement, at: index)
        }
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        switch sqlite3_column_type(statement.pointer, column) {
        case SQLITE_NULL: self = .null
        case SQLITE_INTEGER: self = .number(try Int64(column: column, of: statement))
        case SQLITE_TEXT: self = .text(try String(column: column, of: statement))
        case SQLITE_BLOB: self = .bytes(try [UInt8](column: column, of: statement))
        default: throw statement.unexpected(column, "has a type that no column has")
        }
    }
}
