import ImagingWire

/// Reads the time of capture from Exif (Exif 2.32, 4.6; TIFF 6.0, section 2). libexif, which libvips uses, reads the
/// first 64 KiB only, and some phones write more.
struct ExifData {
    private static let exifDirectory: UInt32 = 0x8769
    private static let dateTimeOriginal: UInt32 = 0x9003

    private let tiff: ArraySlice<UInt8>
    private let isLittleEndian: Bool

    /// - Parameter bytes: A TIFF, or `Exif`, two zeros and a TIFF. Some phones' HEICs have a JPEG segment header
    ///   before it.
    init?(_ bytes: [UInt8]) {
        let marker = Array("Exif\0\0".utf8)
        let content = bytes.starts(with: [0xff, 0xe1]) ? bytes.dropFirst(4) : bytes[...]
        tiff = content.starts(with: marker) ? content.dropFirst(marker.count) : content
        switch Array(tiff.prefix(4)) {
        case [0x49, 0x49, 0x2a, 0]: isLittleEndian = true
        case [0x4d, 0x4d, 0, 0x2a]: isLittleEndian = false
        default: return nil
        }
    }

    /// DateTimeOriginal, if it is well-formed.
    var takenAt: ExifTime? {
        guard let first = number(at: 4, bytes: 4),
            let directory = value(of: Self.exifDirectory, inDirectoryAt: first),
            let text = value(of: Self.dateTimeOriginal, inDirectoryAt: directory),
            let bytes = slice(at: text, count: ExifTime.byteCount)
        else { return nil }
        return ExifTime(bytes)
    }

    /// The last four bytes of an entry: the value, or its offset if it is longer.
    private func value(of tag: UInt32, inDirectoryAt offset: UInt32) -> UInt32? {
        guard let count = number(at: offset, bytes: 2) else { return nil }
        for index in 0..<count {
            let (entry, overflow) = offset.addingReportingOverflow(2 + index * 12)
            guard !overflow, let found = number(at: entry, bytes: 2) else { return nil }
            if found == tag { return number(at: entry &+ 8, bytes: 4) }
        }
        return nil
    }

    private func number(at offset: UInt32, bytes count: Int) -> UInt32? {
        guard let bytes = slice(at: offset, count: count) else { return nil }
        let ordered = isLittleEndian ? Array(bytes.reversed()) : Array(bytes)
        return ordered.reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func slice(at offset: UInt32, count: Int) -> ArraySlice<UInt8>? {
        guard Int(offset) + count <= tiff.count else { return nil }
        let start = tiff.startIndex + Int(offset)
        return tiff[start..<start + count]
    }
}
