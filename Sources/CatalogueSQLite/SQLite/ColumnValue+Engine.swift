import SessionCore
import UploadCore

/// 16 bytes, the most significant first, so that the order of the bytes is that of the ids.
extension SessionId: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes throws(UploadError) in
            try statement.bind(bytes, at: index)
        }
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        let bytes = try statement.blob(column)
        guard bytes.count == 16 else { throw statement.unexpected(column, "has \(bytes.count) bytes and is no id") }
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

extension Identifier: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try value.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self.init(try SessionId(column: column, of: statement))
    }
}

extension Digest: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try bytes.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        guard let digest = Digest(bytes: try statement.blob(column)) else {
            throw statement.unexpected(column, "is no SHA-256")
        }
        self = digest
    }
}

extension SHA256Midstate: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try bytes.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        guard let midstate = SHA256Midstate(bytes: try statement.blob(column)) else {
            throw statement.unexpected(column, "is no state of a SHA-256")
        }
        self = midstate
    }
}

extension Checksum: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try value.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self.init(value: try UInt32(column: column, of: statement))
    }
}

extension ObjectKey: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try digest.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self.init(try Digest(column: column, of: statement))
    }
}

extension Timestamp: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try milliseconds.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self.init(milliseconds: try Int64(column: column, of: statement))
    }
}

extension Principal: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try name.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self.init(try String(column: column, of: statement))
    }
}

extension IdempotencyKey: ColumnValue {
    func bind(to statement: Statement, at index: Int32) throws(UploadError) {
        try bytes.bind(to: statement, at: index)
    }

    init(column: Int32, of statement: Statement) throws(UploadError) {
        self.init(bytes: try [UInt8](column: column, of: statement))
    }
}
