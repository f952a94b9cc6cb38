/// The identifier of a Live Photo in Exif: tag 0x0011 of Apple's maker notes (TIFF 6.0, section 2; Exif 2.32, section 4.6).
struct TIFFReader {
    private let file: MediaBytes
    /// Where the header is, from which offsets count.
    private let base: UInt64
    private let isLittleEndian: Bool

    private static let exifTag: UInt64 = 0x8769
    private static let makerNoteTag: UInt64 = 0x927C
    private static let identifierTag: UInt64 = 0x0011
    /// Entries of one directory.
    private static let entriesMax: UInt64 = 1000

    /// nil without the header of a TIFF.
    init?(_ file: MediaBytes, at base: UInt64) {
        switch file.bytes(at: base, 2) {
        case Array("II".utf8): isLittleEndian = true
        case Array("MM".utf8): isLittleEndian = false
        default: return nil
        }
        (self.file, self.base) = (file, base)
    }

    private init(_ file: MediaBytes, base: UInt64, isLittleEndian: Bool) {
        (self.file, self.base, self.isLittleEndian) = (file, base, isLittleEndian)
    }

    var contentIdentifier: String? {
        guard let first = number(at: 4, 4), let exif = entry(Self.exifTag, in: first),
            let note = entry(Self.makerNoteTag, in: exif.value), note.count > 14,
            let head = file.bytes(at: base + note.value, 14), head.starts(with: Array("Apple iOS\0".utf8))
        else { return nil }
        // Offsets in the notes count from their beginning.
        let notes = TIFFReader(file, base: base + note.value, isLittleEndian: head[12] == UInt8(ascii: "I"))
        guard let identifier = notes.entry(Self.identifierTag, in: 14), identifier.isText, identifier.count > 4,
            identifier.count <= UInt64(QuickTimeReader.identifierBytesMax),
            let bytes = file.bytes(at: notes.base + identifier.value, Int(identifier.count))
        else { return nil }
        return String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    private struct Entry {
        let isText: Bool
        /// Of values; bytes, of text and of what has no type.
        let count: UInt64
        /// The value of a number, the offset of anything that has more than four bytes.
        let value: UInt64
    }

    private func entry(_ tag: UInt64, in directory: UInt64) -> Entry? {
        guard let count = number(at: directory, 2), count <= Self.entriesMax else { return nil }
        for number in 0..<count {
            let place = directory + 2 + 12 * number
            guard let found = self.number(at: place, 2) else { return nil }
            guard found == tag else { continue }
            guard let type = self.number(at: place + 2, 2), let count = self.number(at: place + 4, 4),
                let value = self.number(at: place + 8, 4)
            else { return nil }
            return Entry(isText: type == 2, count: count, value: value)
        }
        return nil
    }

    private func number(at offset: UInt64, _ count: Int) -> UInt64? {
        guard let bytes = file.bytes(at: base + offset, count) else { return nil }
        return (isLittleEndian ? bytes.reversed() : bytes).reduce(0) { $0 << 8 | UInt64($1) }
    }
}
