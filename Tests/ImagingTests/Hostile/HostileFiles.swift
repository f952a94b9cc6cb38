/// Files that are cheap to make and expensive to decode, and files other than pictures. Each is as small as its format
/// allows.
enum HostileFiles {
    // MARK: - PNG (W3C PNG, 5 and 11)

    static func png(width: UInt32, height: UInt32, isInterlaced: Bool = false, bitDepth: UInt8 = 8) -> [UInt8] {
        let header =
            bigEndian(width) + bigEndian(height) + [bitDepth, bitDepth == 1 ? 0 : 2, 0, 0, isInterlaced ? 1 : 0]
        let signature = [0x89] + Array("PNG\r\n\u{1a}\n".utf8)
        return signature + pngChunk("IHDR", header) + pngChunk("IDAT", [0x78, 0x9c, 1, 2, 3]) + pngChunk("IEND", [])
    }

    private static func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + content
        return bigEndian(UInt32(content.count)) + named + bigEndian(crc32(named))
    }

    private static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1 == 1 ? 0xedb8_8320 : 0) }
        }
    }

    // MARK: - JPEG (ITU-T T.81, annex B)

    /// - Parameters:
    ///   - start: 0xc0 for baseline, 0xc2 for progressive.
    ///   - scans: The number of empty scans.
    static func jpeg(width: UInt16, height: UInt16, start: UInt8 = 0xc0, scans: Int = 1) -> [UInt8] {
        let quantisation: [UInt8] = [0xff, 0xdb, 0, 67, 0] + [UInt8](repeating: 1, count: 64)
        let frame: [UInt8] = [0xff, start, 0, 11, 8] + bigEndian(height) + bigEndian(width) + [1, 1, 0x11, 0]
        let codes: [UInt8] = [0xff, 0xc4, 0, 20, 0, 1] + [UInt8](repeating: 0, count: 16)
        let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 0, start == 0xc2 ? 0 : 63, 0, 0x00]
        let body = quantisation + frame + codes + (0..<scans).flatMap { _ in scan }
        return [0xff, 0xd8] + body + [0xff, 0xd9]
    }

    // MARK: - GIF, WebP, TIFF, HEIF

    /// A canvas of one size, and a frame of another.
    static func gif(canvas: UInt16, frame: UInt16) -> [UInt8] {
        let screen = Array("GIF89a".utf8) + littleEndian(canvas) + littleEndian(canvas) + [0x80, 0, 0]
        let picture: [UInt8] = [0x2c, 0, 0, 0, 0] + littleEndian(frame) + littleEndian(frame) + [0]
        return screen + [0, 0, 0, 255, 255, 255] + picture + [2, 2, 0x44, 0x01, 0, 0x3b]
    }

    static func webP(edge: UInt32) -> [UInt8] {
        let content: [UInt8] = [0x2f] + littleEndian((edge - 1) | (edge - 1) << 14) + [UInt8](repeating: 0, count: 15)
        let chunk = Array("WEBPVP8L".utf8) + littleEndian(UInt32(content.count)) + content
        return Array("RIFF".utf8) + littleEndian(UInt32(chunk.count)) + chunk
    }

    /// A single strip without content.
    ///
    /// - Parameter next: The stated offset of the next directory; 8 is the first directory again.
    static func tiff(edge: UInt32, next: UInt32 = 0) -> [UInt8] {
        let entries: [(UInt16, UInt32)] = [
            (256, edge), (257, edge), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, edge), (279, 16),
        ]
        let table = entries.flatMap {
            littleEndian($0.0) + littleEndian(UInt16(4)) + littleEndian(UInt32(1)) + littleEndian($0.1)
        }
        return [0x49, 0x49, 0x2a, 0] + littleEndian(UInt32(8)) + littleEndian(UInt16(entries.count)) + table
            + littleEndian(next)
    }

    /// The head of a HEIC without its declared content.
    static func heif() -> [UInt8] {
        bigEndian(UInt32(24)) + Array("ftypheic".utf8) + bigEndian(UInt32(0)) + Array("mif1heic".utf8)
            + bigEndian(UInt32(1 << 30)) + Array("meta".utf8) + [UInt8](repeating: 0, count: 64)
    }

    /// A HEIC or AVIF with another stated size (`ispe`, ISO 23008-12, 6.5.3).
    static func enlarged(_ heif: [UInt8], to edge: UInt32) -> [UInt8] {
        var changed = heif
        for index in heif.indices.dropLast(16) where Array(heif[index..<index + 4]) == Array("ispe".utf8) {
            changed.replaceSubrange(index + 8..<index + 16, with: bigEndian(edge) + bigEndian(edge))
        }
        return changed
    }

    // MARK: - Other files

    static let otherFiles: [(name: String, bytes: [UInt8])] = [
        ("nothing", []),
        ("one byte", [0xff]),
        ("zeros", [UInt8](repeating: 0, count: 1000)),
        ("SVG with entities", Array(svg.utf8)),
        ("HTML", Array("<!doctype html><script>alert(1)</script>".utf8)),
        ("PDF", Array("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\ntrailer<</Root 1 0 R>>".utf8)),
        ("EPS", Array("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 1 1\n(/etc/passwd) run".utf8)),
        ("MVG", Array("push graphic-context\nimage over 0,0 0,0 'ephemeral:/etc/hostname'\npop".utf8)),
        ("PPM", Array("P6 60000 60000 255\n".utf8)),
        ("JPEG XL", [0xff, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("JPEG 2000", [0, 0, 0, 12] + Array("jP  \r\n".utf8) + [0x87, 0x0a] + [UInt8](repeating: 0, count: 64)),
        ("a film", [0, 0, 0, 24] + Array("ftypisom".utf8) + [0, 0, 2, 0] + Array("isommp41".utf8)),
        ("an executable", [0x7f] + Array("ELF".utf8) + [UInt8](repeating: 0, count: 64)),
    ]

    private static let svg = """
        <?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>
        <svg xmlns="http://www.w3.org/2000/svg" width="60000" height="60000"><text>&b;&f;</text></svg>
        """
}
