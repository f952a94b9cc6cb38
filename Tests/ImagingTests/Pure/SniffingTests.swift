import ImagingWire
import Testing

@testable import Imaging

@Suite struct SniffingTests {
    @Test func `formats are detected by their first bytes`() throws {
        let picture = try Chart.picture(width: 16, height: 16)
        for (saver, options, format) in [
            ("jpegsave_buffer", [], PictureFormat.jpeg), ("pngsave_buffer", [], .png), ("gifsave_buffer", [], .gif),
            ("webpsave_buffer", [], .webP), ("tiffsave_buffer", [], .tiff),
            ("tiffsave_buffer", [("bigtiff", "true")], nil), ("heifsave_buffer", [("compression", "hevc")], .heif),
            ("heifsave_buffer", [("compression", "av1")], .heif),
        ] as [(String, [(String, String)], PictureFormat?)] {
            let bytes = try picture.saved(saver, options.map { (name: $0.0, value: $0.1) })
            #expect(PictureFormat(sniffing: Array(bytes.prefix(PictureFormat.sniffedBytes))) == format, "\(saver)")
        }
    }

    @Test func `a truncated signature is not a format`() {
        for bytes: [UInt8] in [
            [], [0xff], [0xff, 0xd8], Array("GIF8".utf8), Array("RIFF".utf8), Array("RIFF0000WAVE".utf8),
            [0, 0, 0, 8] + Array("ftyp".utf8), [0x49, 0x49, 0x2a],
        ] {
            #expect(PictureFormat(sniffing: bytes) == nil, "\(bytes)")
        }
    }

    @Test func `a compatible brand counts within its box only`() {
        let box = Array("ftypmsf1".utf8) + [0, 0, 0, 0] + Array("isomheic".utf8)
        #expect(PictureFormat(sniffing: bigEndian(UInt32(24)) + box) == .heif)
        #expect(PictureFormat(sniffing: bigEndian(UInt32(20)) + box) == nil)
        #expect(PictureFormat(sniffing: bigEndian(UInt32(0)) + box) == nil)
        #expect(PictureFormat(sniffing: bigEndian(UInt32.max) + box) == .heif)
    }
}
