/// Exif as written by cameras (Exif 2.32): orientation, time and position.
struct Exif {
    var orientation: UInt16?
    /// 19 characters if well-formed.
    var takenAt: String?
    /// A latitude of 47° north, which must not appear in renditions.
    var hasPosition = false

    /// A JPEG with this in front of its other segments.
    func added(toJPEG jpeg: [UInt8]) -> [UInt8] {
        let content = Array("Exif\0\0".utf8) + tiff
        let length = content.count + 2
        return jpeg.prefix(2) + [0xff, 0xe1, UInt8(length >> 8), UInt8(length & 0xff)] + content + jpeg.dropFirst(2)
    }

    // MARK: - Directories of twelve-byte entries, big-endian (TIFF 6.0, section 2)

    private static let headBytes = 8

    private var tiff: [UInt8] {
        var first: [Entry] = []
        if let orientation { first.append(.short(0x0112, orientation)) }
        let exif: [Entry] = takenAt.map { [.text(0x9003, $0)] } ?? []
        let position: [Entry] = hasPosition ? [.text(0x0001, "N"), .rationals(0x0002, [47, 22, 5])] : []
        // The first directory refers to the others, whose place depends on its size.
        let references = (exif.isEmpty ? 0 : 1) + (position.isEmpty ? 0 : 1)
        let exifOffset = Self.headBytes + Self.size(of: first) + references * 12
        let positionOffset = exifOffset + (exif.isEmpty ? 0 : Self.size(of: exif))
        if !exif.isEmpty { first.append(.long(0x8769, UInt32(exifOffset))) }
        if !position.isEmpty { first.append(.long(0x8825, UInt32(positionOffset))) }
        return Array("MM".utf8) + [0, 42, 0, 0, 0, UInt8(Self.headBytes)]
            + Self.directory(first, at: Self.headBytes)
            + (exif.isEmpty ? [] : Self.directory(exif, at: exifOffset))
            + (position.isEmpty ? [] : Self.directory(position, at: positionOffset))
    }

    private struct Entry {
        let tag: UInt16
        let type: UInt16
        let count: UInt32
        let value: [UInt8]

        static func short(_ tag: UInt16, _ value: UInt16) -> Entry {
            Entry(tag: tag, type: 3, count: 1, value: bigEndian(value) + [0, 0])
        }
        static func long(_ tag: UInt16, _ value: UInt32) -> Entry {
            Entry(tag: tag, type: 4, count: 1, value: bigEndian(value))
        }
        static func text(_ tag: UInt16, _ value: String) -> Entry {
            let bytes = Array(value.utf8) + [0]
            let padding = [UInt8](repeating: 0, count: max(0, 4 - bytes.count))
            return Entry(tag: tag, type: 2, count: UInt32(bytes.count), value: bytes + padding)
        }
        static func rationals(_ tag: UInt16, _ values: [UInt32]) -> Entry {
            Entry(
                tag: tag, type: 5, count: UInt32(values.count),
                value: values.flatMap { bigEndian($0) + bigEndian(UInt32(1)) })
        }
    }

    private static func size(of entries: [Entry]) -> Int {
        2 + entries.count * 12 + 4 + entries.reduce(0) { $0 + ($1.value.count > 4 ? $1.value.count : 0) }
    }

    private static func directory(_ entries: [Entry], at offset: Int) -> [UInt8] {
        var table = bigEndian(UInt16(entries.count))
        var heap: [UInt8] = []
        let heapOffset = offset + 2 + entries.count * 12 + 4
        for entry in entries {
            table += bigEndian(entry.tag) + bigEndian(entry.type) + bigEndian(entry.count)
            if entry.value.count > 4 {
                table += bigEndian(UInt32(heapOffset + heap.count))
                heap += entry.value
            } else {
                table += entry.value
            }
        }
        return table + bigEndian(UInt32(0)) + heap
    }
}

func bigEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian) { Array($0) }
}

func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
