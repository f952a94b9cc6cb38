import Testing
import UploadCore
import UploadDerivation

@testable import Imaging

@Suite struct PictureTests {
    static let upright = [Chart.red, Chart.green, Chart.blue, Chart.sand]

    @Test(
        arguments: [
            ("jpegsave_buffer", []), ("jpegsave_buffer", [("interlace", "true")]), ("pngsave_buffer", []),
            ("pngsave_buffer", [("interlace", "true")]), ("webpsave_buffer", []),
            ("webpsave_buffer", [("lossless", "true")]), ("gifsave_buffer", []), ("tiffsave_buffer", []),
            ("tiffsave_buffer", [("compression", "lzw"), ("tile", "true")]),
            ("heifsave_buffer", [("compression", "hevc")]), ("heifsave_buffer", [("compression", "av1")]),
        ] as [(String, [(String, String)])])
    func `every format is derived, in its colours`(saver: String, options: [(String, String)]) async throws {
        let file = try Chart.picture().saved(saver, options.map { (name: $0.0, value: $0.1) })
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect(photo.width == 400)
        #expect(photo.height == 300)
        for rendition in [photo.display, photo.thumb, photo.placeholder] {
            try DecodedWebP(rendition).expect(Self.upright)
        }
        #expect(photo.takenAt == nil)
    }

    @Test(arguments: 1...8)
    func `orientations are applied, and sizes are those of the upright picture`(tag: Int) async throws {
        let (red, green, blue, sand) = (Chart.red, Chart.green, Chart.blue, Chart.sand)
        let expected = [
            [red, green, blue, sand], [green, red, sand, blue], [sand, blue, green, red], [blue, sand, red, green],
            [red, blue, green, sand], [blue, red, sand, green], [sand, green, blue, red], [green, sand, red, blue],
        ][tag - 1]
        let file = Exif(orientation: UInt16(tag)).added(toJPEG: try Chart.picture().saved("jpegsave_buffer"))
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect(photo.width == (tag < 5 ? 400 : 300))
        #expect(photo.height == (tag < 5 ? 300 : 400))
        try DecodedWebP(photo.display).expect(expected)
        try DecodedWebP(photo.thumb).expect(expected)
    }

    @Test(arguments: ["jpegsave_buffer", "pngsave_buffer", "tiffsave_buffer"])
    func `colours of a wide profile become sRGB`(saver: String) async throws {
        let wide = try Chart.picture().converted(toProfile: "p3").rendered()
        let raw = wide.withPixels { Colour($0[0], $0[1], $0[2]) }
        #expect(raw.distance(to: Chart.red) > 12, "the profile changes too little to prove anything")
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(wide.saved(saver)) }
        try DecodedWebP(photo.display).expect(Self.upright, within: 8)
    }

    @Test func `CMYK becomes sRGB`() async throws {
        let file = try Chart.picture().converted(toProfile: "cmyk").saved("jpegsave_buffer", [("Q", "95")])
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        try DecodedWebP(photo.display).expect(Self.upright, within: 30)
    }

    @Test(arguments: ["pngsave_buffer", "tiffsave_buffer"])
    func `16 bits become 8`(saver: String) async throws {
        let file = try Chart.picture().converted(to: "rgb16").saved(saver)
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        try DecodedWebP(photo.display).expect(Self.upright)
    }

    @Test func `grey pictures become grey`() async throws {
        let file = try Chart.picture().converted(to: "b-w").saved("pngsave_buffer")
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        let colour = try DecodedWebP(photo.display).colour(0.25, 0.25)
        #expect(colour.distance(to: Colour(colour.green, colour.green, colour.green)) <= 2)
    }

    @Test(arguments: ["pngsave_buffer", "webpsave_buffer"])
    func `alpha is kept and never added`(saver: String) async throws {
        let file = try Chart.picture(alpha: 100).saved(saver)
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        for rendition in [photo.display, photo.thumb, photo.placeholder] {
            let picture = try DecodedWebP(rendition)
            #expect(picture.alpha(0.25, 0.5) == 255)
            #expect(abs(Int(picture.alpha(0.75, 0.5)) - 100) <= 1)
            picture.expect(Self.upright, within: 14)
            #expect(chunkNames(of: rendition.bytes) == ["VP8X", "ALPH", "VP8 "])
        }
        let opaque = try Chart.picture(alpha: 255).saved(saver)
        let without = try await withPool(limits: testLimits()) { try await $0.derive(opaque) }
        #expect(chunkNames(of: without.display.bytes) == ["VP8 "])
    }

    @Test(arguments: ["gifsave_buffer", "webpsave_buffer"])
    func `the first frame of an animation is derived`(saver: String) async throws {
        let black = try Chart.picture(
            of: [UInt8](repeating: 0, count: 400 * 300 * 3), width: 400, height: 300, bands: 3)
        let file = try Chart.picture().above(black).framed(height: 300).saved(saver)
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect(photo.height == 300)
        try DecodedWebP(photo.display).expect(Self.upright)
    }

    @Test func `renditions contain no metadata; only the time of capture is returned`() async throws {
        let exif = Exif(orientation: 1, takenAt: "2024:05:01 12:30:00", hasPosition: true)
        let file = exif.added(toJPEG: try Chart.picture().converted(toProfile: "p3").saved("jpegsave_buffer"))
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect(photo.takenAt == CaptureTime(localMilliseconds: 1_714_566_600_000))
        for rendition in [photo.display, photo.thumb, photo.placeholder] {
            #expect(chunkNames(of: rendition.bytes) == ["VP8 "])
        }
    }

    @Test(arguments: ["yesterday", "2024:13:01 12:30:00", "    :  :     :  :  ", "0000:00:00 00:00:00", ""])
    func `an invalid time is omitted`(text: String) async throws {
        let file = Exif(takenAt: text).added(toJPEG: try Chart.picture().saved("jpegsave_buffer"))
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect(photo.takenAt == nil)
    }

    @Test(
        arguments: [
            (600, 400, 10, (2048, 1365), (512, 341), (32, 21)), (30, 420, 10, (146, 2048), (128, 1795), (2, 32)),
            (500, 20, 1, (500, 20), (500, 20), (32, 1)), (1, 1, 1, (1, 1), (1, 1), (1, 1)),
        ] as [(Int, Int, Int, (UInt32, UInt32), (UInt32, UInt32), (UInt32, UInt32))])
    func `renditions have at most their edge, keep the proportions, and are never enlarged`(
        width: Int, height: Int, factor: Int, display: (UInt32, UInt32), thumb: (UInt32, UInt32),
        placeholder: (UInt32, UInt32)
    ) async throws {
        let file = try Chart.picture(width: width, height: height).magnified(factor).saved("jpegsave_buffer")
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect((photo.display.width, photo.display.height) == display)
        #expect((photo.thumb.width, photo.thumb.height) == thumb)
        #expect((photo.placeholder.width, photo.placeholder.height) == placeholder)
        #expect(photo.placeholder.bytes.count < 1024)
        #expect((5...25).contains(photo.thumbHash.count))
    }
}
