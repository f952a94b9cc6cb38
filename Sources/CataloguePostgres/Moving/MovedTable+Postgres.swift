import CLibPQ
import CatalogueRows
import UploadCore

extension MovedTable.Kind {
    fileprivate var element: Oid {
        switch self {
        case .number, .flag: ColumnType.int8
        case .text: ColumnType.text
        case .bytes: ColumnType.bytes
        }
    }

    fileprivate var array: (type: Oid, name: String) {
        switch self {
        case .number, .flag: (ColumnType.int8Array, "bigint")
        case .text: (ColumnType.textArray, "text")
        case .bytes: (ColumnType.bytesArray, "bytea")
        }
    }
}

extension MovedTable {
    /// The table in PostgreSQL. Sums are moved into one shard each; see `Format.usageShards`.
    package var target: String {
        switch name {
        case "usage", "active": "\(name)_shards"
        default: name
        }
    }

    private var keyNames: String { columns[..<keyCount].map(\.name).joined(separator: ", ") }

    /// The last row's key, of no or one row.
    var lastKeyQuery: String {
        let last = columns[..<keyCount].map { "\($0.name) DESC" }.joined(separator: ", ")
        return "SELECT \(keyNames) FROM \(target) ORDER BY \(last) LIMIT 1"
    }

    func query(isFirst: Bool) -> String {
        let list = columns.map { $0.kind == .flag ? "\($0.name)::int" : $0.name }.joined(separator: ", ")
        let key = (1...keyCount).map { "$\($0)" }.joined(separator: ", ")
        return """
            SELECT \(list) FROM \(target) \(isFirst ? "" : "WHERE (\(keyNames)) > (\(key))")
            ORDER BY \(keyNames) LIMIT \(rowsMax)
            """
    }

    /// Inserts rows with the numbers that they have. A parameter is the array of the values of a column.
    var insertion: String {
        let parameters = columns.enumerated().map { "$\($0.offset + 1)::\($0.element.kind.array.name)[]" }
        let values = columns.enumerated().map { "v\($0.offset)\($0.element.kind == .flag ? " <> 0" : "")" }
        let aliases = columns.indices.map { "v\($0)" }
        return """
            INSERT INTO \(target) (\(columns.map(\.name).joined(separator: ", ")))
            \(isNumbered ? "OVERRIDING SYSTEM VALUE" : "") SELECT \(values.joined(separator: ", "))
            FROM unnest(\(parameters.joined(separator: ", "))) AS rows (\(aliases.joined(separator: ", ")))
            """
    }

    func parameters(_ rows: [[CatalogueValue]]) throws(UploadError) -> Parameters {
        var parameters = Parameters()
        for (number, column) in columns.enumerated() {
            try parameters.append(column.kind.array.type) { bytes throws(UploadError) in
                try bytes.appendArray(of: column.kind.element, count: rows.count) { index, bytes throws(UploadError) in
                    try rows[index][number].encode(into: &bytes)
                }
                return true
            }
        }
        return parameters
    }

    func parameters(ofKey key: [CatalogueValue]) throws(UploadError) -> Parameters {
        var parameters = Parameters()
        for (value, column) in zip(key, columns) {
            try parameters.append(column.kind.element) { bytes throws(UploadError) in try value.encode(into: &bytes) }
        }
        return parameters
    }
}

extension CatalogueValue {
    /// As `ColumnValue.encode`.
    fileprivate func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        switch self {
        case .null: false
        case .number(let number): try number.encode(into: &bytes)
        case .text(let text): try text.encode(into: &bytes)
        case .bytes(let content): try content.encode(into: &bytes)
        }
    }

    /// Reads a column of one of `MovedTable.Kind`.
    init(_ row: inout Row, _ kind: MovedTable.Kind) throws(UploadError) {
        switch kind {
        case .number, .flag: self = try row.next(Int64?.self).map { .number($0) } ?? .null
        case .text: self = try row.next(String?.self).map { .text($0) } ?? .null
        case .bytes: self = try row.next([UInt8]?.self).map { .bytes($0) } ?? .null
        }
    }
}
