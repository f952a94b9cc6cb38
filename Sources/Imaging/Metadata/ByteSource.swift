import Glibc

/// Bytes that are read piece by piece, and never past their end: a file, a part of one, or an array.
struct ByteSource {
    private enum Origin {
        case bytes([UInt8])
        case file(Int32)
    }

    private let origin: Origin
    private let start: Int
    let count: Int

    init(_ bytes: [UInt8]) {
        (origin, start, count) = (.bytes(bytes), 0, bytes.count)
    }

    /// A file.
    ///
    /// - Returns: nil if its size cannot be read.
    init?(file descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_size >= 0 else { return nil }
        (origin, start, count) = (.file(descriptor), 0, Int(status.st_size))
    }

    private init(_ origin: Origin, _ start: Int, _ count: Int) {
        (self.origin, self.start, self.count) = (origin, start, count)
    }

    /// A range of it, cut off at its end.
    func part(_ offset: Int, count length: Int) -> ByteSource {
        let first = min(max(0, offset), count)
        return ByteSource(origin, start + first, min(max(0, length), count - first))
    }

    /// As many bytes as there are in a range.
    func upTo(_ length: Int, at offset: Int) -> [UInt8] {
        guard offset >= 0, offset < count, length > 0 else { return [] }
        let length = min(length, count - offset)
        switch origin {
        case .bytes(let bytes): return Array(bytes[start + offset..<start + offset + length])
        case .file(let descriptor):
            return [UInt8](unsafeUninitializedCapacity: length) { buffer, done in
                while done < length, let base = buffer.baseAddress {
                    let read = pread(descriptor, base + done, length - done, off_t(start + offset + done))
                    if read < 0, errno == EINTR { continue }
                    guard read > 0 else { return }
                    done += read
                }
            }
        }
    }

    /// All bytes of a range; nil if it reaches past the end.
    func bytes(at offset: Int, count length: Int) -> [UInt8]? {
        guard offset >= 0, length >= 0, offset <= count, length <= count - offset else { return nil }
        let bytes = upTo(length, at: offset)
        return bytes.count == length ? bytes : nil
    }

    /// An unsigned number of at most eight bytes; nil past the end, and beyond what `Int` holds.
    func number(at offset: Int, bytes length: Int, isLittleEndian: Bool = false) -> Int? {
        guard let bytes = bytes(at: offset, count: length) else { return nil }
        return Int(exactly: (isLittleEndian ? bytes.reversed() : bytes).reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
    }

    func text(at offset: Int, count length: Int) -> String? {
        bytes(at: offset, count: length).map { String(decoding: $0, as: UTF8.self) }
    }
}
