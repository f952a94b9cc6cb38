/// Ends a PNG that was cut off inside of a chunk, so that its decoder sees the rows before (PNG, third edition, 5.3).
///
/// libpng reads a chunk in blocks and drops the one in which the file ends; most of a small picture is lost with it.
enum PNGRepair {
    /// The file with its last chunk shortened to what is there, and an end; nil if it does not end inside of a chunk.
    static func ended(_ source: ByteSource) -> [UInt8]? {
        var (offset, number) = (8, 0)
        while number < PNGChunks.chunksMax, let length = source.number(at: offset, bytes: 4),
            let name = source.bytes(at: offset + 4, count: 4)
        {
            let place = offset + 8
            guard length > source.count - place else {
                offset = place + length + 4
                number += 1
                continue
            }
            let content = source.upTo(source.count - place, at: place)
            return source.upTo(offset, at: 0) + chunk(name, content) + chunk(Array("IEND".utf8), [])
        }
        return nil
    }

    private static func chunk(_ name: [UInt8], _ content: [UInt8]) -> [UInt8] {
        bigEndian(UInt32(content.count)) + name + content + bigEndian(checksum(name + content))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
    }

    /// CRC-32 (annex D).
    static func checksum(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0 as UInt32) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ value >> 1 : value >> 1 }
    }
}
