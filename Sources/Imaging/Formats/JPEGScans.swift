import Glibc

/// Counts the scans of a JPEG (ITU-T T.81, B.1.1 and B.2.1) without decoding it. A file of 1.7 MB can have twenty thousand,
/// each of which costs as much as the whole picture, and no decoder has a limit.
struct JPEGScans {
    private var count: UInt32 = 0
    private var place = Place.data

    private enum Place {
        /// Within entropy-coded data, where each 0xFF that is meant as a byte is followed by a 0.
        case data
        /// After 0xFF.
        case marker
        /// Within the length of a segment, after so many of its two bytes.
        case length(UInt16, read: Int)
        case segment(left: Int)
    }

    /// The scans of a file, or `limit` + 1 if there are more.
    ///
    /// - Returns: nil if the file cannot be read.
    static func count(in descriptor: Int32, limit: UInt32) -> UInt32? {
        var scans = JPEGScans()
        var offset: off_t = 0
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
        defer { buffer.deallocate() }
        while scans.count <= limit {
            let length = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if length < 0, errno == EINTR { continue }
            guard length >= 0 else { return nil }
            if length == 0 { break }
            scans.read(UnsafeRawBufferPointer(rebasing: buffer[..<length]), limit: limit)
            offset += length
        }
        return scans.count
    }

    /// Reads on where the bytes before ended.
    private mutating func read(_ bytes: UnsafeRawBufferPointer, limit: UInt32) {
        var index = 0
        while index < bytes.count, count <= limit {
            switch place {
            case .data:
                guard let next = Self.nextMarker(in: bytes, from: index) else { return }
                index = next + 1
                place = .marker
            case .marker:
                enter(bytes[index])
                index += 1
            case .length(let high, read: 0):
                place = .length(high << 8 | UInt16(bytes[index]), read: 1)
                index += 1
            case .length(let high, read: _):
                // The length counts its own two bytes.
                place = .segment(left: max(0, Int(high << 8 | UInt16(bytes[index])) - 2))
                index += 1
            case .segment(let left):
                let taken = min(left, bytes.count - index)
                index += taken
                place = taken == left ? .data : .segment(left: left - taken)
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
        case 0xff: place = .marker
        // A stuffed byte, restarts, the start and the end of the picture: nothing follows that belongs to them.
        case 0x00, 0x01, 0xd0...0xd9: place = .data
        case 0xda:
            count += 1
            place = .length(0, read: 0)
        default: place = .length(0, read: 0)
        }
    }
}
