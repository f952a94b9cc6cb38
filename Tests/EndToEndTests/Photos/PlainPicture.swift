import UploadCore
import UploadTestKit

/// A PNG without compression (RFC 2083; RFC 1950 and RFC 1951, stored blocks): four areas in colours drawn from the
/// seed, so that every seed makes a different file.
struct PlainPicture {
    let width: Int
    let height: Int
    let seed: UInt64

    var png: [UInt8] {
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        Self.add("IHDR", Self.bigEndian(width) + Self.bigEndian(height) + [8, 2, 0, 0, 0], to: &file)
        Self.add("IDAT", Self.stored(rows), to: &file)
        Self.add("IEND", [], to: &file)
        return file
    }

    /// Each row, preceded by filter type 0.
    private var rows: [UInt8] {
        var random = SeededRandom(seed: seed)
        let colours = (0..<4).map { _ in random.bytes(3) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(height * (1 + 3 * width))
        for y in 0..<height {
            bytes.append(0)
            for x in 0..<width { bytes += colours[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)] }
        }
        return bytes
    }

    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var rest = bytes[...]
        while !rest.isEmpty {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let count = UInt16(block.count)
            stream.append(rest.isEmpty ? 1 : 0)
            for number in [count, ~count] { stream += [UInt8(number & 0xFF), UInt8(number >> 8)] }
            stream += block
        }
        var (a, b): (UInt32, UInt32) = (1, 0)
        for byte in bytes {
            a = (a + UInt32(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return stream + bigEndian(Int(b << 16 | a))
    }

    private static func add(_ name: String, _ content: [UInt8], to file: inout [UInt8]) {
        let body = Array(name.utf8) + content
        var crc: UInt32 = .max
        for byte in body {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc >> 1 ^ (crc & 1 == 0 ? 0 : 0xEDB8_8320) }
        }
        file += bigEndian(content.count) + body + bigEndian(Int(~crc))
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
