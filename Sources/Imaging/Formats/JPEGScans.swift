import Glibc

/// Counts the scans of a JPEG (ITU-T T.81, B.1.1 and B.2.1) without decoding it, up to its end. A file of 1.7 MB can have
/// twenty thousand, each of which costs as much as the whole picture, and decoders have no limit.
struct JPEGScans {
    /// The number of scans, at most one more than the limit.
    private(set) var count: UInt32 = 0
    /// The number of bytes up to the end of the image, if it was reached: others may follow it.
    private(set) var end: Int?
    private var position = Position.data

    private enum Position {
        /// Within entropy-coded data, where a literal 0xFF is followed by a 0.
        case data
        /// After 0xFF.
        case marker
        /// Within the length of a segment, after so many of its two bytes.
        case length(UInt16, read: Int)
        case segment(left: Int)
    }

    private static let blockBytes = 256 << 10

    init(in source: ByteSource, limit: UInt32) {
        var offset = 0
        while count <= limit, end == nil {
            let block = source.upTo(Self.blockBytes, at: offset)
            if block.isEmpty { break }
            block.withUnsafeBytes { read($0, at: offset, limit: limit) }
            offset += block.count
        }
    }

    /// Continues where the previous bytes ended, at an offset of the file.
    private mutating func read(_ bytes: UnsafeRawBufferPointer, at offset: Int, limit: UInt32) {
        var index = 0
        while index < bytes.count, count <= limit, end == nil {
            switch position {
            case .data:
                guard let next = Self.nextMarker(in: bytes, from: index) else { return }
                index = next + 1
                position = .marker
            case .marker:
                enter(bytes[index])
                index += 1
                // Decoders read nothing behind it. Before the first scan it means nothing.
                if bytes[index - 1] == 0xd9, count > 0 { end = offset + index }
            case .length(let high, read: 0):
                position = .length(high << 8 | UInt16(bytes[index]), read: 1)
                index += 1
            case .length(let high, read: _):
                // The length counts its own two bytes.
                position = .segment(left: max(0, Int(high << 8 | UInt16(bytes[index])) - 2))
                index += 1
            case .segment(let left):
                let taken = min(left, bytes.count - index)
                index += taken
                position = taken == left ? .data : .segment(left: left - taken)
                if taken < left { return }
            }
        }
    }

    private static func nextMarker(in bytes: UnsafeRawBufferPointer, from index: Int) -> Int? {
        guard let start = bytes.baseAddress, let found = memchr(start + index, 0xff, bytes.count - index) else {
            return nil
        }
        return UnsafeRawPointer(found) - start
    }

    private mutating func enter(_ marker: UInt8) {
        switch marker {
        case 0xff: position = .marker
        // A stuffed byte, restarts, start and end of image: markers without a segment.
        case 0x00, 0x01, 0xd0...0xd9: position = .data
        case 0xda:
            count += 1
            position = .length(0, read: 0)
        default: position = .length(0, read: 0)
        }
    }
}
