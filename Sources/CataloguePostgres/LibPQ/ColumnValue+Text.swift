import CLibPQ
import UploadCore

/// Text of any Unicode scalars. PostgreSQL's text holds no U+0000, so it is stored as U+0001 U+0001, and U+0001 as
/// U+0001 U+0002. That keeps the order of the bytes, and a text is a prefix of another where its stored form is.
///
/// A text within another is found by its stored form, too, except that a needle of U+0001 also matches in a stored
/// U+0000.
extension String: ColumnValue {
    static let type = ColumnType.text
    private static let escape: UInt8 = 1

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        var text = self
        text.withUTF8 { characters in
            guard characters.contains(where: { $0 <= Self.escape }) else { return bytes += characters }
            for character in characters {
                bytes += character <= Self.escape ? [Self.escape, character + 1] : [character]
            }
        }
        return true
    }

    init(_ column: borrowing Column) throws(UploadError) {
        let stored = try column.requireBytes(of: ColumnType.text)
        guard stored.contains(Self.escape) else {
            self = String(decoding: stored, as: UTF8.self)
            return
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(stored.count)
        var isEscaped = false
        for byte in stored {
            if isEscaped {
                guard byte == 1 || byte == 2 else { throw column.unexpected("holds an unknown escape") }
                bytes.append(byte - 1)
                isEscaped = false
            } else if byte == Self.escape {
                isEscaped = true
            } else {
                bytes.append(byte)
            }
        }
        guard !isEscaped else { throw column.unexpected("ends within an escape") }
        self = String(decoding: bytes, as: UTF8.self)
    }
}

/// A one-dimensional array, as a parameter. Its elements are not NULL.
struct ColumnArray<Element: ColumnValue>: ColumnValue {
    private let elements: [Element]

    init(_ elements: some Sequence<Element>) {
        self.elements = Array(elements)
    }

    static var type: Oid {
        switch Element.type {
        case ColumnType.bytes: ColumnType.bytesArray
        case ColumnType.text: ColumnType.textArray
        default: ColumnType.int8Array
        }
    }

    func encode(into bytes: inout [UInt8]) throws(UploadError) -> Bool {
        try bytes.appendArray(of: Element.type, count: elements.count) { index, bytes throws(UploadError) in
            guard try elements[index].encode(into: &bytes) else {
                throw UploadError(.invalidArgument("array", "has an element without a value"))
            }
            return true
        }
        return true
    }

    init(_ column: borrowing Column) throws(UploadError) {
        throw column.unexpected("is an array, which is never read")
    }
}

extension [UInt8] {
    /// As `array_recv` reads it: dimensions, whether there are NULLs, the element's type, the count, the first index, and
    /// each element after its length, which is −1 for NULL.
    ///
    /// - Parameter encode: Appends an element; false for NULL.
    mutating func appendArray(
        of type: Oid, count: Int, _ encode: (Int, inout [UInt8]) throws(UploadError) -> Bool
    ) throws(UploadError) {
        guard let size = Int32(exactly: count) else {
            throw UploadError(.invalidArgument("array", "has too many elements"))
        }
        // The flag of NULLs is only a hint.
        for number in [size == 0 ? 0 : 1, 1, Int32(bitPattern: type)] { append(bigEndian: number) }
        if size == 0 { return }
        append(bigEndian: size)
        append(bigEndian: 1)
        for index in 0..<count {
            let place = self.count
            append(bigEndian: 0)
            let isPresent = try encode(index, &self)
            let length = isPresent ? Int32(self.count - place - 4) : -1
            Swift.withUnsafeBytes(of: length.bigEndian) { replaceSubrange(place..<place + 4, with: $0) }
        }
    }

    fileprivate mutating func append(bigEndian number: Int32) {
        Swift.withUnsafeBytes(of: number.bigEndian) { self += $0 }
    }
}
