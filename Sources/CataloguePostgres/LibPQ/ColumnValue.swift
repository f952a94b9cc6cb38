import CLibPQ
import UploadCore

/// A type that a parameter or a column can hold, in PostgreSQL's binary format.
///
/// Source: PostgreSQL 15 documentation, 55.2 “Message Flow” (Bind), and the `*send` functions of the types.
protocol ColumnValue {
    /// The number of the type in PostgreSQL's catalogue.
    static var type: Oid { get }

    /// Appends the value.
    ///
    /// - Returns: False, with nothing appended, for NULL.
    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool

    /// - Throws: `store_corrupt` if the column holds something else.
    init(_ column: borrowing Column) throws(UploadError)
}

/// Types of columns: `pg_type.dat` of PostgreSQL.
enum ColumnType {
    static let boolean: Oid = 16
    static let bytes: Oid = 17
    static let int8: Oid = 20
    static let int2: Oid = 21
    static let int4: Oid = 23
    static let text: Oid = 25
    static let bytesArray: Oid = 1001
    static let textArray: Oid = 1009
    static let int8Array: Oid = 1016
}

/// A column of a row. Its bytes are valid as long as the row.
struct Column: ~Copyable {
    /// Nil for NULL.
    let bytes: UnsafeRawBufferPointer?
    let type: Oid
    let name: String

    /// Damage: an impossible value.
    func unexpected(_ problem: String) -> UploadError {
        UploadError(.storeCorrupt(detail: "column \(name) \(problem)"))
    }

    /// The bytes of a column that must not be NULL.
    func requireBytes(of types: Oid...) throws(UploadError) -> UnsafeRawBufferPointer {
        guard let bytes else { throw unexpected("is NULL") }
        guard types.contains(type) else { throw unexpected("has the type \(type)") }
        return bytes
    }
}

extension FixedWidthInteger {
    fileprivate init(bigEndian bytes: UnsafeRawBufferPointer) {
        self.init(bigEndian: bytes.loadUnaligned(as: Self.self))
    }
}

extension Int64: ColumnValue {
    static let type = ColumnType.int8

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        withUnsafeBytes(of: bigEndian) { bytes += $0 }
        return true
    }

    init(_ column: borrowing Column) throws(UploadError) {
        let bytes = try column.requireBytes(of: ColumnType.int8, ColumnType.int4, ColumnType.int2)
        switch bytes.count {
        case 8: self = Int64(bigEndian: bytes)
        case 4: self = Int64(Int32(bigEndian: bytes))
        case 2: self = Int64(Int16(bigEndian: bytes))
        default: throw column.unexpected("has \(bytes.count) bytes and is no number")
        }
    }
}

/// PostgreSQL's integers are signed. Numbers from 2^63 on are refused as parameters, and negative ones are damage when
/// read.
extension UInt64: ColumnValue {
    static let type = ColumnType.int8

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        guard let number = Int64(exactly: self) else {
            throw UploadError(.invalidArgument("number", "is \(self), past the largest that can be recorded"))
        }
        return try number.encode(into: &bytes)
    }

    init(_ column: borrowing Column) throws(UploadError) {
        let number = try Int64(column)
        guard let positive = UInt64(exactly: number) else { throw column.unexpected("is \(number)") }
        self = positive
    }
}

extension Int: ColumnValue {
    static let type = ColumnType.int8

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try Int64(self).encode(into: &bytes) }
    init(_ column: borrowing Column) throws(UploadError) { self = Int(try Int64(column)) }
}

extension UInt32: ColumnValue {
    static let type = ColumnType.int8

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try Int64(self).encode(into: &bytes) }

    init(_ column: borrowing Column) throws(UploadError) {
        let number = try Int64(column)
        guard let small = UInt32(exactly: number) else { throw column.unexpected("is \(number)") }
        self = small
    }
}

extension Bool: ColumnValue {
    static let type = ColumnType.boolean

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        bytes.append(self ? 1 : 0)
        return true
    }

    init(_ column: borrowing Column) throws(UploadError) {
        self = try column.requireBytes(of: ColumnType.boolean).first == 1
    }
}

/// Enumerations are stored as their numbers.
extension ColumnValue where Self: RawRepresentable, Self.RawValue == Int {
    static var type: Oid { ColumnType.int8 }

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try rawValue.encode(into: &bytes) }

    init(_ column: borrowing Column) throws(UploadError) {
        let number = try Int(column)
        guard let value = Self(rawValue: number) else {
            throw column.unexpected("is \(number), which is no \(Self.self)")
        }
        self = value
    }
}

extension [UInt8]: ColumnValue {
    static let type = ColumnType.bytes

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        bytes += self
        return true
    }

    init(_ column: borrowing Column) throws(UploadError) {
        self = Array(try column.requireBytes(of: ColumnType.bytes))
    }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    static var type: Oid { Wrapped.type }

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool { try self?.encode(into: &bytes) ?? false }
    init(_ column: borrowing Column) throws(UploadError) { self = column.bytes == nil ? nil : try Wrapped(column) }
}
