/// A point in time as cameras write it: `2024:05:01 12:30:00`, local and without a zone (Exif 2.32, 4.6.5).
package struct ExifTime: Hashable, Sendable {
    package static let byteCount = 19
    package let text: String

    /// Takes digits where digits belong and that punctuation; nil for anything else, a blank time included.
    package init?(_ bytes: some Collection<UInt8>) {
        let shape = Array("0000:00:00 00:00:00".utf8)
        guard bytes.count == Self.byteCount else { return nil }
        for (byte, expected) in zip(bytes, shape) {
            let isDigit = (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            guard expected == UInt8(ascii: "0") ? isDigit : byte == expected else { return nil }
        }
        text = String(decoding: bytes, as: UTF8.self)
    }
}
