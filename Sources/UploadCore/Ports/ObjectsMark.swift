/// Tells the bucket of a database from all others: a random number that the database records, and that the name of one object
/// of the bucket contains.
package struct ObjectsMark: Hashable, Sendable {
    package static let byteCount = 16

    package let bytes: [UInt8]

    /// - Returns: Nil for another number of bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == Self.byteCount else { return nil }
        self.bytes = bytes
    }

    private init(drawing count: Int) {
        bytes = (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }

    package static func random() -> ObjectsMark { ObjectsMark(drawing: byteCount) }

    /// 32 lower-case hexadecimal digits.
    package var text: String {
        String(decoding: bytes.flatMap { [($0 >> 4).hexDigit(), ($0 & 15).hexDigit()] }, as: UTF8.self)
    }
}
