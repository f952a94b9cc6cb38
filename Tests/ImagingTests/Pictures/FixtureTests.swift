import ImagingPool
import ImagingWire
import Testing
import UploadCore
import UploadDerivation

@testable import Imaging

/// Pictures as people have them: pixels, geometry, dates and notes of one file of each kind.
@Suite struct FixtureTests {
    private func grey(_ colour: Colour) -> Colour {
        let light = (Double(colour.red) * 0.299 + Double(colour.green) * 0.587 + Double(colour.blue) * 0.114).rounded()
        return Colour(UInt8(light), UInt8(light), UInt8(light))
    }

    private func pictures(_ name: String) async throws -> (PhotoDerivatives, DecodedWebP, reference: DecodedWebP) {
        let (bytes, reference) = (try Fixtures.bytes(name), try Fixtures.bytes("reference.png"))
        return try await withPool(limits: testLimits()) { pool in
            let photo = try await pool.derive(bytes)
            return (photo, try DecodedWebP(photo.display), try DecodedWebP(try await pool.derive(reference).display))
        }
    }

    @Test(arguments: [
        ("bigtiff.tif", "image/tiff"), ("plain.bmp", "image/bmp"), ("plain.jxl", "image/jxl"),
        ("tiff-ycbcr-uncompressed.tif", "image/tiff"), ("heic-with-mp4-appended.heic", "image/heic"),
        // Its pixels lie on their side, and Exif alone says so.
        ("heic-exif-orientation-6-no-irot.heic", "image/heic"),
    ])
    func `a picture that needs special care looks like the one that it was made of`(
        name: String, type: String
    ) async throws {
        let (photo, picture, reference) = try await pictures(name)
        #expect((photo.width, photo.height) == (96, 72))
        #expect(photo.note == nil)
        #expect(photo.mediaTypes.first == type)
        #expect(try picture.meanError(against: reference) < 4)
    }

    @Test(arguments: ["gray-rgb-icc.jpg", "gray-broken-icc.jpg", "gray-rgb-icc.tif"])
    func `a profile that does not fit is not used, and the note says so`(name: String) async throws {
        let (photo, picture, reference) = try await pictures(name)
        #expect(photo.note == DerivationNote(.whole, "its colour profile does not fit and was not used"))
        #expect(try picture.meanError(against: reference, grey) < 4)
    }

    @Test func `a profile with a perceptual table only is used`() async throws {
        let (_, picture, reference) = try await pictures("icc-perceptual-only.jpg")
        // The profile swaps the channels so that its use shows.
        #expect(try picture.meanError(against: reference) > 30)
        #expect(try picture.meanError(against: reference) { Colour($0.green, $0.blue, $0.red) } < 6)
    }

    @Test func `grey of video range gets its full contrast`() async throws {
        let (_, picture, reference) = try await pictures("avif-gray-limited.avif")
        #expect(try picture.meanError(against: reference, grey) < 4)
        #expect(picture.colour(0.15, 0.2).distance(to: Colour(255, 255, 255)) <= 2)
    }

    @Test func `colours stated to be P3 become those that the profile P3 gives`() async throws {
        let (_, picture, _) = try await pictures("avif-p3-nclx.avif")
        let reference = try VipsCall(
            "icc_transform",
            [
                ("in", .picture(try fixturePicture("reference.png"))), ("output-profile", .text("srgb")),
                ("input-profile", .text("p3")),
            ]
        ).output().saved("pngsave_buffer")
        let expected = try await withPool(limits: testLimits()) {
            try DecodedWebP(try await $0.derive(reference).display)
        }
        #expect(try picture.meanError(against: expected) < 5)
    }

    private func fixturePicture(_ name: String) throws -> VipsPicture {
        _ = Chart.isStarted
        return try VipsCall("pngload_source", [("source", .file(try VipsFile(try Fixtures.bytes(name))))]).output()
    }

    @Test func `a high dynamic range is mapped to that of screens, and the note says so`() async throws {
        let (photo, picture, _) = try await pictures("avif-pq.avif")
        #expect(photo.note?.extent == .whole)
        #expect(photo.note?.reason.contains("dynamic range") == true)
        #expect(picture.colour(0.15, 0.2).distance(to: Colour(255, 255, 255)) <= 10)
        let red = picture.colour(0.05, 0.05)
        #expect(red.red > 200 && red.green < 80 && red.blue < 80, "\(red)")
    }

    @Test(arguments: [0, 1, 2])
    func `a fourth band of a TIFF is alpha, multiplied or not, or no alpha, as the file says`(
        extraSamples: UInt8
    ) async throws {
        var file = try Chart.picture(alpha: 100).saved("tiffsave_buffer")
        // The tag ExtraSamples with one SHORT.
        let entry = try #require(file.firstRange(of: [0x52, 0x01, 3, 0, 1, 0, 0, 0]))
        file[entry.upperBound] = extraSamples
        let photo = try await withPool(limits: testLimits()) { [file] in try await $0.derive(file) }
        let picture = try DecodedWebP(photo.display)
        #expect(abs(Int(picture.alpha(0.75, 0.25)) - (extraSamples == 0 ? 255 : 100)) <= 1)
        #expect(picture.alpha(0.25, 0.25) == 255)
        let green = picture.colour(0.75, 0.25)
        // Divided by 100 of 255.
        let expected = extraSamples == 1 ? Colour(178, 255, 204) : Chart.green
        #expect(green.distance(to: expected) <= 14, "\(green)")
    }

    @Test func `colours of an AVIF that were multiplied by alpha are divided`() async throws {
        let picture = try DecodedWebP(try await Fixtures.derived("avif-premultiplied.avif").display)
        #expect(picture.alpha(0.5, 0.5) == 100)
        #expect(picture.colour(0.5, 0.5).distance(to: Colour(70, 160, 80)) <= 6)
    }

    @Test func `the canvas around a smaller first frame is transparent`() async throws {
        let photo = try await Fixtures.derived("gif-first-frame-smaller-than-canvas.gif")
        #expect((photo.width, photo.height) == (200, 150))
        let picture = try DecodedWebP(photo.display)
        #expect(picture.alpha(0.2, 0.2) == 255)
        #expect(picture.alpha(0.9, 0.2) == 0)
        #expect(picture.alpha(0.2, 0.9) == 0)
        #expect(picture.colour(0.08, 0.1).distance(to: Colour(255, 255, 255)) <= 10)
    }

    @Test(arguments: [("thin-1x4096.jpg", (1, 4096), (1, 2048)), ("thin-16383x1.webp", (16_383, 1), (2048, 1))])
    func `thin pictures are derived`(
        name: String, size: (UInt32, UInt32), display: (UInt32, UInt32)
    ) async throws {
        let photo = try await Fixtures.derived(name)
        #expect((photo.width, photo.height) == size)
        #expect((photo.display.width, photo.display.height) == display)
        #expect((photo.thumb.width, photo.thumb.height) == display)
        _ = try DecodedWebP(photo.display)
    }

    @Test(arguments: [
        ("jpegsave_buffer", 3, 20_000), ("jpegsave_buffer", 1, 65_000), ("pngsave_buffer", 1, 20_000),
        ("webpsave_buffer", 2, 16_383), ("jpegsave_buffer", 7, 9000), ("tiffsave_buffer", 1, 30_000),
    ])
    func `pictures a few pixels wide are derived in every format`(saver: String, short: Int, long: Int) async throws {
        let tall = try Chart.picture(width: short, height: long).saved(saver)
        let wide = try Chart.picture(width: long, height: short).saved(saver)
        try await withPool(limits: testLimits()) { pool in
            let worker = pool.processIds
            let (first, second) = (try await pool.derive(tall), try await pool.derive(wide))
            #expect(first.display.height == 2048 && first.display.width >= 1)
            #expect(second.display.width == 2048 && second.display.height >= 1)
            #expect(worker.isEmpty || pool.processIds == worker)
        }
    }

    @Test func `a panorama gets a thumb that can be made out`() async throws {
        let file = try Chart.picture(width: 8000, height: 800).saved("jpegsave_buffer")
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(file) }
        #expect((photo.display.width, photo.display.height) == (2048, 205))
        #expect(photo.thumb.height == 128 && photo.thumb.width <= 1280)
        try DecodedWebP(photo.thumb).expect(PictureTests.upright)
    }

    // MARK: - Files that end early

    @Test func `a JPEG that lacks nothing but its end marker is whole`() async throws {
        let photo = try await Fixtures.derived("jpeg-no-eoi.jpg")
        #expect((photo.width, photo.height) == (320, 240))
        #expect(photo.note == nil)
    }

    @Test(arguments: [false, true])
    func `a JPEG without its end marker is whole, a progressive one without its last scan is not`(
        isProgressive: Bool
    ) async throws {
        let whole = try Chart.picture(width: 320, height: 240).saved(
            "jpegsave_buffer", [("interlace", "\(isProgressive)")])
        let lastScan = try #require(
            whole.indices.last { whole[$0] == 0xff && $0 + 1 < whole.count && whole[$0 + 1] == 0xda })
        try await withPool(limits: testLimits()) { pool in
            let photo = try await pool.derive(Array(whole.dropLast(2)))
            #expect(photo.note == nil)
            try DecodedWebP(photo.display).expect(PictureTests.upright)
            guard isProgressive else { return }
            let partial = try await pool.derive(Array(whole[..<lastScan]))
            #expect(partial.note?.extent == .partial)
        }
    }

    @Test(arguments: ["jpeg-95pc.jpg", "png-95pc.png"])
    func `what is there of a picture that ends early is shown, and the note says so`(name: String) async throws {
        let photo = try await Fixtures.derived(name)
        #expect((photo.width, photo.height) == (320, 240))
        let reason = "the file ends early or is damaged; the part that could be decoded is shown"
        #expect(photo.note == DerivationNote(.partial, reason))
        // The drawn mark and the colours of the upper quarters.
        let picture = try DecodedWebP(photo.display)
        #expect(picture.colour(0.08, 0.1).distance(to: Colour(255, 255, 255)) <= 10)
        let (red, green) = (picture.colour(0.1, 0.45), picture.colour(0.9, 0.1))
        #expect(red.red > 180 && red.green < 60, "\(red)")
        #expect(green.green > 120 && green.red < 140, "\(green)")
    }

    @Test func `zeros that a download was given beforehand are no part of the picture`() async throws {
        let whole = try Fixtures.bytes("jpeg-no-eoi.jpg") + [0xff, 0xd9]
        let zeros = [UInt8](repeating: 0, count: 4000)
        try await withPool(limits: testLimits()) { pool in
            let cut = try await pool.derive(Array(whole.prefix(whole.count / 2)) + zeros)
            #expect(cut.note?.extent == .partial)
            // Behind the end marker they mean nothing.
            #expect(try await pool.derive(whole + zeros).note == nil)
        }
    }

    @Test func `a film behind a JPEG does not count as scans of it`() async throws {
        let picture = try Chart.picture(width: 400, height: 300).saved("jpegsave_buffer")
        let film = Array(repeating: [0xff, 0xda, 0, 4, 1, 1] as [UInt8], count: 300).flatMap { $0 }
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(picture + film) }
        #expect((photo.width, photo.height) == (400, 300))
        #expect(photo.note == nil)
        try DecodedWebP(photo.display).expect(PictureTests.upright)
    }

    @Test func `of a motion photo the note says that it has a video`() async throws {
        let picture = try Chart.picture(width: 400, height: 300).saved("jpegsave_buffer")
        let xmp =
            "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF"
            + " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><rdf:Description"
            + " xmlns:GCamera='http://ns.google.com/photos/1.0/camera/' GCamera:MotionPhoto=\"1\"/></rdf:RDF></x:xmpmeta>"
        let content = Array(xmp.utf8)
        let segment = [0xff, 0xe1, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 0xff)] + content
        let film = [0, 0, 0, 0x18] + Array("ftypmp42".utf8) + [UInt8](repeating: 7, count: 5000)
        let photo = try await withPool(limits: testLimits()) {
            try await $0.derive(picture[..<2] + segment + picture[2...] + film)
        }
        #expect(photo.note == DerivationNote(.whole, "its video is a part of the file"))
        #expect((photo.width, photo.height) == (400, 300))
    }

    // MARK: - Raw files

    @Test func `a raw file is shown by its preview, with the size of its picture`() async throws {
        let photo = try await Fixtures.derived("raw-layout.dng")
        #expect((photo.width, photo.height) == (600, 450))
        #expect((photo.display.width, photo.display.height) == (160, 120))
        #expect(
            photo.note
                == DerivationNote(
                    .preview, "the DNG raw file is not developed; its preview of 160 × 120 pixels is shown"))
        #expect(photo.mediaTypes.first == "image/x-adobe-dng")
        #expect(photo.takenAt?.text == "2024-05-01 12:30:00.000")
    }

    @Test func `of the previews in a raw file the largest is shown`() async throws {
        let small = try Chart.picture(width: 160, height: 120).saved("jpegsave_buffer")
        let large = try Chart.picture(width: 400, height: 300).saved("jpegsave_buffer")
        // What the sensor saw may look like any number of scans.
        let sensor = Array(repeating: [0xff, 0xda, 0, 4, 1, 1] as [UInt8], count: 300).flatMap { $0 }
        let raw = try Fixtures.bytes("raw-layout.dng") + small + [1, 2, 3] + large + sensor
        let photo = try await withPool(limits: testLimits()) { try await $0.derive(raw) }
        #expect((photo.width, photo.height) == (600, 450))
        #expect((photo.display.width, photo.display.height) == (400, 300))
        #expect(photo.note?.extent == .preview)
        try DecodedWebP(photo.display).expect(PictureTests.upright)
    }

    @Test func `a raw file without a preview says so`() async throws {
        let head = Array("FUJIFILMCCD-RAW ".utf8) + [UInt8](repeating: 0, count: 500)
        try await withPool(limits: testLimits()) { pool in
            let failure = await pool.failure(deriving: head)
            #expect(failure == DerivationFailure(.file, "the RAF raw file contains no preview that can be shown"))
        }
    }

    // MARK: - Dates

    @Test(arguments: [
        ("date-offset+0200.jpg", "2024-05-01 12:30:45.000 +120"),
        ("date-digitized-only.jpg", "2024-05-01 12:30:45.000"),
        ("date-modify-only.jpg", "2024-05-01 12:30:45.000"), ("date-blank-original.jpg", "2024-05-01 12:30:45.000"),
        ("date-dashes.jpg", "2024-05-01 12:30:45.000"), ("date-png-creation-time.png", "2024-05-01 12:30:45.000"),
    ])
    func `the time is found wherever a file states it`(name: String, text: String) async throws {
        #expect(try await Fixtures.derived(name).takenAt?.text == text)
    }

    @Test func `a video is named as such`() async throws {
        let head = [0, 0, 0, 0x14] + Array("ftypqt  ".utf8) + [0, 0, 2, 0] + Array("qt  ".utf8)
        try await withPool(limits: testLimits()) { pool in
            let failure = await pool.failure(deriving: head)
            #expect(
                failure
                    == DerivationFailure(
                        .file, "the file is a video (QuickTime); posters of videos are off here",
                        mediaTypes: PictureFormat.quickTime.mediaTypes))
        }
    }
}
