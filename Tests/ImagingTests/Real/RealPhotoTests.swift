import ImagingWire
import Testing
import UploadCore
import UploadDerivation

/// Photos of phones and cameras, compared with the colours of another implementation (Pillow 12 with pillow-heif,
/// upright, and LittleCMS from their profile to sRGB).
@Suite(.enabled("scripts/test-photos fetches them") { Photos.arePresent })
struct RealPhotoTests {
    struct Expected: CustomTestStringConvertible {
        let name: String
        let size: (width: UInt32, height: UInt32)
        let display: (width: UInt32, height: UInt32)
        let takenAt: String?
        let quarters: [Colour]

        var testDescription: String { name }
    }

    static let photos = [
        Expected(
            name: "Kleiber_by_Lukas_Baubkus.jpg", size: (6028, 3391), display: (2048, 1152), takenAt: nil,
            quarters: [.init(110, 111, 107), .init(192, 186, 160), .init(105, 104, 100), .init(223, 232, 244)]),
        Expected(
            name: "seeding_by_Clements_Engelhardt.jpg", size: (5312, 2988), display: (2048, 1152), takenAt: nil,
            quarters: [.init(155, 137, 96), .init(143, 128, 86), .init(40, 43, 11), .init(46, 46, 16)]),
        Expected(
            name: "Infinite-Sea_by_Aury88.jpg", size: (4096, 4096), display: (2048, 2048), takenAt: nil,
            quarters: [.init(94, 42, 104), .init(138, 49, 88), .init(101, 40, 99), .init(151, 57, 78)]),
        // iPhone 8 Plus and 13 Pro, Display P3; the second has a position.
        Expected(
            name: "arrow.heic", size: (3024, 4032), display: (1536, 2048), takenAt: "2018-07-31 14:52:07.557",
            quarters: [.init(160, 155, 150), .init(168, 162, 155), .init(161, 157, 155), .init(168, 162, 159)]),
        Expected(
            name: "pug.heic", size: (4032, 3024), display: (2048, 1536), takenAt: "2023-02-21 14:33:08.302 +180",
            quarters: [.init(200, 196, 187), .init(199, 196, 191), .init(138, 134, 127), .init(118, 112, 104)]),
        // Two views in one file, of which the first is the picture.
        Expected(
            name: "spatial_photo.heic", size: (2560, 2560), display: (2048, 2048), takenAt: nil,
            quarters: [.init(119, 114, 101), .init(139, 135, 126), .init(127, 121, 118), .init(126, 120, 112)]),
        Expected(
            name: "cat.hif", size: (4240, 2832), display: (2048, 1368), takenAt: "2020-09-14 11:09:34.641 -300",
            quarters: [.init(149, 138, 132), .init(171, 161, 154), .init(61, 54, 49), .init(149, 144, 141)]),
        // Its Exif has 188 KiB, behind the head of a segment as in a JPEG.
        Expected(
            name: "xiaomi.heic", size: (2592, 1944), display: (2048, 1536), takenAt: "2023-04-27 19:44:18.732",
            quarters: [.init(124, 135, 141), .init(210, 222, 227), .init(190, 203, 207), .init(208, 220, 224)]),
    ]

    @Test(arguments: photos)
    func `a photo is derived with its size, time and colours, and without metadata`(expected: Expected)
        async throws
    {
        let photo = try await Photos.derived(expected.name)
        #expect((photo.width, photo.height) == expected.size)
        #expect((photo.display.width, photo.display.height) == expected.display)
        #expect(photo.takenAt?.text == expected.takenAt)
        for rendition in [photo.display, photo.thumb, photo.placeholder] {
            for (found, colour) in zip(try DecodedWebP(rendition).quarters, expected.quarters) {
                #expect(found.distance(to: colour) <= 6, "\(found), not \(colour)")
            }
            #expect(chunkNames(of: rendition.bytes) == ["VP8 "])
        }
        #expect(photo.placeholder.bytes.count < 1024)
    }

    @Test(arguments: ["RGBA_16__128x128.png", "RGBA_12__128x128.heif"])
    func `deep and transparent pictures keep their alpha`(name: String) async throws {
        let picture = try DecodedWebP(try await Photos.derived(name).display)
        #expect(abs(Int(picture.alpha(0.25, 0.25)) - 192) <= 2)
        #expect(abs(Int(picture.alpha(0.75, 0.75)) - 64) <= 2)
    }

    @Test func `a picture of grey in ten bits is derived`() async throws {
        #expect(try await Photos.derived("L_10__128x128.heif").width == 128)
    }

    @Test func `a photo of 200 megapixels is derived with the default limits of memory and CPU`() async throws {
        let bytes = try Photos.bytes("200MP.heic")
        // How long the others let it wait is not the point.
        let limits = testLimits { $0.seconds = 600 }
        let photo = try await withPool(limits: limits) { try await $0.derive(bytes) }
        #expect((photo.width, photo.height) == (12_240, 16_320))
        #expect((photo.display.width, photo.display.height) == (1536, 2048))
    }

    @Test(arguments: ["truncated.heic", "corrupted.heic"])
    func `damaged HEICs are refused`(name: String) async throws {
        let bytes = try Photos.bytes(name)
        try await withPool(limits: testLimits()) { pool in
            #expect(await pool.failure(deriving: bytes)?.cause == .file)
        }
    }
}
