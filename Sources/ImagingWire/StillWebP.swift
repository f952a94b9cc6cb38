/// Validates the structure of a WebP (RFC 9649): one picture without animation and metadata.
///
/// Even a compromised worker can make the server store files of this form only.
struct StillWebP {
    let width: UInt32
    let height: UInt32

    /// - Throws: `.malformed(.webP)` unless the bytes are exactly one such file: a lossy or lossless picture, or a
    ///   lossy one with an alpha channel beside it, and no other chunk.
    init(parsing bytes: [UInt8]) throws(WireError) {
        let chunks = try Self.chunks(of: bytes)
        let size: (width: UInt32, height: UInt32)? =
            switch chunks.map(\.name) {
            case ["VP8 "]: Self.lossySize(chunks[0].content)
            case ["VP8L"]: Self.losslessSize(chunks[0].content)
            case ["VP8X", "ALPH", "VP8 "]: Self.extendedSize(chunks[0].content, picture: chunks[2].content)
            default: nil
            }
        guard let size, size.width > 0, size.height > 0 else { throw WireError.malformed(.webP) }
        (width, height) = size
    }

    private typealias Chunk = (name: String, content: ArraySlice<UInt8>)

    private static func chunks(of bytes: [UInt8]) throws(WireError) -> [Chunk] {
        var reader = WireReader(bytes)
        let riff = Array(try reader.bytes(4))
        let length: UInt32 = try reader.integer()
        let form = Array(try reader.bytes(4))
        guard riff == Array("RIFF".utf8), form == Array("WEBP".utf8), Int(length) == bytes.count - 8 else {
            throw WireError.malformed(.webP)
        }
        var chunks: [Chunk] = []
        while !reader.isAtEnd, chunks.count < 4 {
            let name = String(decoding: try reader.bytes(4), as: UTF8.self)
            let length: UInt32 = try reader.integer()
            chunks.append((name, try reader.bytes(Int(length))))
            // Chunks start at even offsets.
            if length % 2 == 1 { _ = try reader.bytes(1) }
        }
        try reader.end()
        return chunks
    }

    // MARK: - Sizes by kind

    /// RFC 6386, 9.1: three bytes of tag, a start code, then 14 bits each with two scaling bits, which must be 0.
    private static func lossySize(_ content: ArraySlice<UInt8>) -> (width: UInt32, height: UInt32)? {
        let head = Array(content.prefix(10))
        guard head.count == 10, head[3...5] == [0x9d, 0x01, 0x2a], head[0] & 1 == 0 else { return nil }
        let (width, height) = (number(head[6...7]), number(head[8...9]))
        return width >> 14 == 0 && height >> 14 == 0 ? (width, height) : nil
    }

    /// RFC 9649, 3.4: a signature, then 14 bits each, minus one.
    private static func losslessSize(_ content: ArraySlice<UInt8>) -> (width: UInt32, height: UInt32)? {
        let head = Array(content.prefix(5))
        guard head.count == 5, head[0] == 0x2f else { return nil }
        let bits = number(head[1...4])
        return (bits & 0x3fff + 1, bits >> 14 & 0x3fff + 1)
    }

    /// RFC 9649, 2.7: the flags must be alpha only, and the size must match the picture's.
    private static func extendedSize(
        _ content: ArraySlice<UInt8>, picture: ArraySlice<UInt8>
    ) -> (width: UInt32, height: UInt32)? {
        let head = Array(content)
        let onlyAlpha: UInt8 = 0x10
        guard head.count == 10, head[0] == onlyAlpha, let size = lossySize(picture) else { return nil }
        return size == (number(head[4...6]) + 1, number(head[7...9]) + 1) ? size : nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
