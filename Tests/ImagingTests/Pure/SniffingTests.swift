import ImagingWire
import Testing

@testable import Imaging

@Suite struct SniffingTests {
    @Test func `formats are detected by their first bytes`() throws {
        let picture = try Chart.picture(width: 16, height: 16)
        for (saver, options, kind) in [
            ("jpegsave_buffer", [], SniffedKind.picture(.jpeg)), ("pngsave_buffer", [], .picture(.png)),
            ("gifsave_buffer", [], .picture(.gif)), ("webpsave_buffer", [], .picture(.webP)),
            ("tiffsave_buffer", [], .tiffStructure), ("tiffsave_buffer", [("bigtiff", "true")], .tiffStructure),
            ("heifsave_buffer", [("compression", "hevc")], .picture(.heic)),
            ("heifsave_buffer", [("compression", "av1")], .picture(.avif)),
        ] as [(String, [(String, String)], SniffedKind)] {
            let bytes = try picture.saved(saver, options.map { (name: $0.0, value: $0.1) })
            #expect(SniffedKind(Array(bytes.prefix(SniffedKind.bytes))) == kind, "\(saver)")
        }
    }

    @Test(arguments: [
        ("JXL ", PictureFormat.jpegXL), ("jP  ", .jpeg2000),
    ])
    func `boxes and codestreams of newer formats are told apart`(name: String, format: PictureFormat) {
        let box = [0, 0, 0, 12] + Array(name.utf8) + [0x0d, 0x0a, 0x87, 0x0a]
        #expect(SniffedKind(box) == .picture(format))
        #expect(SniffedKind(box.dropLast() + [0]) == nil)
        let codestream: [UInt8] = format == .jpegXL ? [0xff, 0x0a, 0] : [0xff, 0x4f, 0xff, 0x51]
        #expect(SniffedKind(codestream) == .picture(format))
    }

    @Test func `a truncated signature is not a format`() {
        for bytes: [UInt8] in [
            [], [0xff], [0xff, 0xd8], Array("GIF8".utf8), Array("RIFF".utf8), Array("RIFF0000WAVE".utf8),
            [0, 0, 0, 8] + Array("ftyp".utf8), [0x49, 0x49, 0x2a], Array("BM".utf8) + [UInt8](repeating: 0, count: 20),
        ] {
            #expect(SniffedKind(bytes) == nil, "\(bytes)")
        }
    }

    @Test func `a compatible brand counts within its box only`() {
        let box = Array("ftypxxxx".utf8) + [0, 0, 0, 0] + Array("yyyyheic".utf8)
        #expect(SniffedKind(bigEndian(UInt32(24)) + box) == .picture(.heic))
        #expect(SniffedKind(bigEndian(UInt32(20)) + box) == nil)
        #expect(SniffedKind(bigEndian(UInt32(0)) + box) == nil)
        #expect(SniffedKind(bigEndian(UInt32.max) + box) == .picture(.heic))
    }

    @Test(arguments: [
        ("ftypavis", SniffedKind.picture(.avif)), ("ftypmsf1", .picture(.heic)), ("ftypcrx ", .picture(.cr3)),
        ("ftypqt  ", .picture(.quickTime)), ("ftypisom", .picture(.mp4)), ("ftypM4V ", .picture(.mp4)),
    ])
    func `brands tell pictures from videos`(box: String, kind: SniffedKind) {
        #expect(SniffedKind([0, 0, 0, 16] + Array(box.utf8) + [0, 0, 0, 0]) == kind)
    }

    @Test func `videos are told apart`() {
        func packets(of count: Int, before: Int) -> [UInt8] {
            (0..<3).flatMap { _ in
                [UInt8](repeating: 0, count: before) + [0x47] + [UInt8](repeating: 0, count: count - 1)
            }
        }
        let ebml: [UInt8] = [0x1a, 0x45, 0xdf, 0xa3, 0x93, 0x42, 0x82]
        for (bytes, format) in [
            ([0, 0, 0, 8] + Array("wide".utf8), .quickTime), ([0, 0, 1, 0] + Array("moov".utf8), .quickTime),
            (ebml + [0x88] + Array("matroska".utf8), .matroska), (ebml + [0x84] + Array("webm".utf8), .webM),
            (Array("RIFF0000AVI LIST".utf8), .avi), ([0, 0, 1, 0xba, 0x44], .mpegProgramStream),
            (packets(of: 188, before: 0), .mpegTransportStream), (packets(of: 188, before: 4), .mpegTransportStream),
        ] as [([UInt8], PictureFormat)] {
            #expect(SniffedKind(bytes) == .picture(format))
        }
        #expect(SniffedKind(packets(of: 187, before: 0)) == nil)
    }

    @Test(arguments: [
        ("%PDF-1.7", OtherKind.pdf), ("<svg xmlns=\"x\">", .svg), ("<?xml version=\"1.0\"?>\n<svg>", .svg),
    ])
    func `files of other kinds are told apart`(text: String, kind: OtherKind) {
        #expect(SniffedKind(Array(text.utf8)) == .other(kind))
    }
}
