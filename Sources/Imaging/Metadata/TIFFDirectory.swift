/// The structure of a TIFF, which Exif and most raw files have as well (TIFF 6.0, section 2; BigTIFF as in libtiff).
///
/// Every offset and count is untrusted: reads end with the source, and directories and entries are limited in number.
struct TIFFStructure {
    static let entriesMax = 2000
    static let directoriesMax = 64

    let source: ByteSource
    let isLittleEndian: Bool
    let isBig: Bool

    /// Accepts the signatures of TIFF, BigTIFF, and of the raw files that differ in theirs: ORF (`IIRO`, `IIRS`, `MMOR`)
    /// and RW2 (`IIU\0`).
    init?(_ source: ByteSource) {
        self.source = source
        switch source.upTo(4, at: 0) {
        case [0x49, 0x49, 0x2a, 0], Array("IIRO".utf8), Array("IIRS".utf8), Array("IIU\0".utf8):
            (isLittleEndian, isBig) = (true, false)
        case [0x4d, 0x4d, 0, 0x2a], Array("MMOR".utf8): (isLittleEndian, isBig) = (false, false)
        case [0x49, 0x49, 0x2b, 0]: (isLittleEndian, isBig) = (true, true)
        case [0x4d, 0x4d, 0, 0x2b]: (isLittleEndian, isBig) = (false, true)
        default: return nil
        }
    }

    func number(at offset: Int, bytes: Int) -> Int? {
        source.number(at: offset, bytes: bytes, isLittleEndian: isLittleEndian)
    }

    /// The first directory; nil if there is none.
    var first: TIFFDirectory? {
        (isBig ? number(at: 8, bytes: 8) : number(at: 4, bytes: 4)).flatMap { TIFFDirectory(self, at: $0) }
    }

    /// The chain of directories and their SubIFDs, each once, the first one first.
    var all: [TIFFDirectory] {
        var found: [TIFFDirectory] = []
        var seen: Set<Int> = []
        var waiting = first.map { [$0] } ?? []
        while !waiting.isEmpty, found.count < Self.directoriesMax {
            let directory = waiting.removeFirst()
            guard seen.insert(directory.offset).inserted else { continue }
            found.append(directory)
            let sub = directory.numbers(.subDirectories, max: 16).compactMap { TIFFDirectory(self, at: $0) }
            let next = directory.next.flatMap { TIFFDirectory(self, at: $0) }
            waiting += sub + (next.map { [$0] } ?? [])
        }
        return found
    }
}

/// One directory of a TIFF.
struct TIFFDirectory {
    enum Tag: Int {
        case subfileType = 0xfe
        case width = 0x100
        case height = 0x101
        case compression = 0x103
        case photometric = 0x106
        case make = 0x10f
        case stripOffsets = 0x111
        case orientation = 0x112
        case samplesPerPixel = 0x115
        case stripByteCounts = 0x117
        case dateTime = 0x132
        case subDirectories = 0x14a
        case extraSamples = 0x152
        case jpegOffset = 0x201
        case jpegLength = 0x202
        case subsampling = 0x212
        case exifDirectory = 0x8769
        case positionDirectory = 0x8825
        case dateTimeOriginal = 0x9003
        case dateTimeDigitized = 0x9004
        case offsetTime = 0x9010
        case offsetTimeOriginal = 0x9011
        case offsetTimeDigitized = 0x9012
        case subSecond = 0x9290
        case subSecondOriginal = 0x9291
        case subSecondDigitized = 0x9292
        case pixelWidth = 0xa002
        case pixelHeight = 0xa003
        case dngVersion = 0xc612
        case defaultCropSize = 0xc620
        // Of the directory of positions.
        case positionTime = 0x7
        case positionDate = 0x1d
    }

    private struct Entry {
        let type: Int
        let count: Int
        /// Where its value is.
        let place: Int
    }

    let offset: Int
    /// Where the next directory is.
    let next: Int?
    private let file: TIFFStructure
    private let entries: [Int: Entry]

    /// nil if there is no directory at this place. Of entries with the same tag the first counts.
    init?(_ file: TIFFStructure, at offset: Int) {
        let (countBytes, entryBytes, valueBytes) = file.isBig ? (8, 20, 8) : (2, 12, 4)
        guard offset > 0, let count = file.number(at: offset, bytes: countBytes), count > 0 else { return nil }
        self.file = file
        self.offset = offset
        var entries: [Int: Entry] = [:]
        for index in 0..<min(count, TIFFStructure.entriesMax) {
            let place = offset + countBytes + index * entryBytes
            guard let tag = file.number(at: place, bytes: 2), let type = file.number(at: place + 2, bytes: 2),
                let values = file.number(at: place + 4, bytes: valueBytes)
            else { break }
            let (length, overflow) = values.multipliedReportingOverflow(by: Self.size(of: type))
            guard !overflow, entries[tag] == nil else { continue }
            let valuePlace = place + 4 + valueBytes
            let target = length <= valueBytes ? valuePlace : file.number(at: valuePlace, bytes: valueBytes)
            guard let target else { continue }
            entries[tag] = Entry(type: type, count: values, place: target)
        }
        self.entries = entries
        let end = offset + countBytes + min(count, TIFFStructure.entriesMax) * entryBytes
        next = count <= TIFFStructure.entriesMax ? file.number(at: end, bytes: valueBytes) : nil
    }

    /// Bytes of a value of this type.
    private static func size(of type: Int) -> Int {
        switch type {
        case 1, 2, 6, 7: 1
        case 3, 8: 2
        case 4, 9, 11, 13: 4
        case 5, 10, 12, 16, 17, 18: 8
        default: 1
        }
    }

    func has(_ tag: Tag) -> Bool { entries[tag.rawValue] != nil }

    /// Unsigned whole numbers; the numerators of fractions.
    func numbers(_ tag: Tag, max limit: Int = 8) -> [Int] {
        guard let entry = entries[tag.rawValue] else { return [] }
        let size = Self.size(of: entry.type)
        let isFraction = entry.type == 5 || entry.type == 10
        return (0..<min(entry.count, limit)).compactMap { index in
            file.number(at: entry.place + index * size, bytes: isFraction ? 4 : size)
        }
    }

    func number(_ tag: Tag) -> Int? { numbers(tag, max: 1).first }

    /// Fractions; nil for a denominator of 0.
    func fractions(_ tag: Tag, max limit: Int) -> [Double]? {
        guard let entry = entries[tag.rawValue], entry.type == 5, entry.count >= limit else { return nil }
        var values: [Double] = []
        for index in 0..<limit {
            let place = entry.place + index * 8
            guard let above = file.number(at: place, bytes: 4), let below = file.number(at: place + 4, bytes: 4),
                below > 0
            else { return nil }
            values.append(Double(above) / Double(below))
        }
        return values
    }

    /// Text up to its first zero, at most 64 bytes; nil if it is empty.
    func text(_ tag: Tag) -> [UInt8]? {
        guard let entry = entries[tag.rawValue], [1, 2, 7].contains(entry.type) else { return nil }
        let text = file.source.upTo(min(entry.count, 64), at: entry.place).prefix { $0 != 0 }
        return text.isEmpty ? nil : Array(text)
    }

    func directory(_ tag: Tag) -> TIFFDirectory? {
        number(tag).flatMap { TIFFDirectory(file, at: $0) }
    }
}
