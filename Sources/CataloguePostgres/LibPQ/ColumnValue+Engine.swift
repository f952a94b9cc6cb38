import CLibPQ
import SessionCore
import UploadCore

/// 16 bytes, the most significant first, so that the order of the bytes is that of the ids.
extension SessionId: ColumnValue {
    static let type = ColumnType.bytes

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { bytes += $0 }
        return true
    }

    init(_ column: borrowing Column) throws(UploadError) {
        let bytes = try column.requireBytes(of: ColumnType.bytes)
        guard bytes.count == 16 else { throw column.unexpected("has \(bytes.count) bytes and is no id") }
        self.init(
            high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
}

extension Identifier: ColumnValue {
    static var type: Oid { ColumnType.bytes }

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try value.encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self.init(try SessionId(column)) }
}

extension Digest: ColumnValue {
    static let type = ColumnType.bytes

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try self.bytes.encode(into: &bytes) }

    init(_ column: borrowing Column) throws(UploadError) {
        guard let digest = Digest(bytes: try column.requireBytes(of: ColumnType.bytes)) else {
            throw column.unexpected("is no SHA-256")
        }
        self = digest
    }
}

extension SHA256Midstate: ColumnValue {
    static let type = ColumnType.bytes

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try self.bytes.encode(into: &bytes) }

    init(_ column: borrowing Column) throws(UploadError) {
        guard let midstate = SHA256Midstate(bytes: try column.requireBytes(of: ColumnType.bytes)) else {
            throw column.unexpected("is no state of a SHA-256")
        }
        self = midstate
    }
}

extension Checksum: ColumnValue {
    static let type = ColumnType.int8

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try value.encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self.init(value: try UInt32(column)) }
}

extension ObjectKey: ColumnValue {
    static let type = ColumnType.bytes

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try digest.encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self.init(try Digest(column)) }
}

extension Timestamp: ColumnValue {
    static let type = ColumnType.int8

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try milliseconds.encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self.init(milliseconds: try Int64(column)) }
}

extension Principal: ColumnValue {
    static let type = ColumnType.text

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try name.encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self.init(try String(column)) }
}

extension IdempotencyKey: ColumnValue {
    static let type = ColumnType.bytes

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try self.bytes.encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self.init(bytes: try [UInt8](column)) }
}
