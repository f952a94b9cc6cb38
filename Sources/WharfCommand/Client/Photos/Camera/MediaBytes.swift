import DurableFiles
import Glibc
import UploadClient

/// Bytes of a media file at any place, of which little is read. Calls may block.
struct MediaBytes {
    let size: UInt64
    /// Reads up to so many bytes at an offset; fewer at the end or after an error.
    private let read: (UInt64, Int) -> [UInt8]

    init(size: UInt64, read: @escaping (UInt64, Int) -> [UInt8]) {
        self.size = size
        self.read = read
    }

    init(_ bytes: [UInt8]) {
        self.init(size: UInt64(bytes.count)) { offset, count in
            Array(bytes.dropFirst(Int(clamping: offset)).prefix(count))
        }
    }

    /// nil unless all of them are there.
    func bytes(at offset: UInt64, _ count: Int) -> [UInt8]? {
        guard offset <= size, UInt64(count) <= size - offset else { return nil }
        let bytes = read(offset, count)
        return bytes.count == count ? bytes : nil
    }

    /// The bytes of a range; nil if they are more than `maximum`.
    func bytes(in range: Range<UInt64>, atMost maximum: UInt64) -> [UInt8]? {
        let count = range.upperBound - range.lowerBound
        return count <= maximum ? bytes(at: range.lowerBound, Int(count)) : nil
    }

    /// A big-endian number of up to 8 bytes.
    func number(at offset: UInt64, _ count: Int) -> UInt64? {
        bytes(at: offset, count)?.reduce(0) { $0 << 8 | UInt64($1) }
    }
}

extension MediaBytes {
    /// Calls `body` with the bytes of a file; nil if it cannot be opened. Blocks.
    static func reading<Value>(_ path: LocalPath, _ body: (MediaBytes) -> Value) -> Value? {
        let descriptor = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { return nil }
        defer { Glibc.close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= 0 else { return nil }
        return body(
            MediaBytes(size: UInt64(status.st_size)) { offset, count in
                guard let place = off_t(exactly: offset) else { return [] }
                return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                    filled = max(0, pread(descriptor, buffer.baseAddress, count, place))
                }
            })
    }
}

/// A box of the ISO base media format (ISO/IEC 14496-12, section 4.2), which QuickTime calls an atom.
struct MediaBox {
    /// Four characters.
    let type: String
    let content: Range<UInt64>

    /// Boxes read on one level. Files have tens; of fragmented ones the first boxes say everything.
    static let countMax = 1024

    /// The boxes in a range, as far as their headers make sense.
    static func boxes(in range: Range<UInt64>, of file: MediaBytes) -> [MediaBox] {
        var boxes: [MediaBox] = []
        var offset = range.lowerBound
        let end = min(range.upperBound, file.size)
        while boxes.count < countMax, offset < end, end - offset >= 8, let header = file.bytes(at: offset, 8) {
            var headerBytes: UInt64 = 8
            var size = header[..<4].reduce(0) { $0 << 8 | UInt64($1) }
            if size == 1 {
                guard let long = file.number(at: offset + 8, 8) else { break }
                (size, headerBytes) = (long, 16)
            } else if size == 0 {
                size = end - offset
            }
            guard size >= headerBytes, size <= end - offset else { break }
            let type = String(decoding: header[4...], as: UTF8.self)
            boxes.append(MediaBox(type: type, content: offset + headerBytes..<offset + size))
            offset += size
        }
        return boxes
    }

    static func first(_ type: String, in range: Range<UInt64>, of file: MediaBytes) -> MediaBox? {
        boxes(in: range, of: file).first { $0.type == type }
    }
}
