import ImagingWire
import Testing

@testable import Imaging

/// The parsers of untrusted structures end with an answer for every truncation and for hostile numbers.
@Suite struct StructureTests {
    static let names = [
        "raw-layout.dng", "bigtiff.tif", "heic-with-mp4-appended.heic", "avif-p3-nclx.avif", "IMG_1234.HEIC",
        "date-png-creation-time.png", "date-offset+0200.jpg", "gif-first-frame-smaller-than-canvas.gif", "plain.bmp",
        "icc-perceptual-only.jpg", "jpeg-no-eoi.jpg",
    ]

    /// Reads the bytes by every parser there is.
    private func parse(_ bytes: [UInt8]) {
        let source = ByteSource(bytes)
        if let tiff = TIFFStructure(source) {
            _ = tiff.all.map { $0.numbers(.stripOffsets) }
            _ = RawFile(tiff, in: source)?.largestPreview
        }
        _ = HEIFStructure(source)
        _ = PNGChunks(source).times.best
        _ = PNGRepair.ended(source)
        _ = GIFFrame(source)?.partOfCanvas
        _ = ColourProfile(bytes)?.intent
        _ = JPEGEnd(source).hasEndMarker
        _ = JPEGEnd.hasAllScans(bytes)
        _ = JPEGScans(in: source, limit: 100).end
        for format in [PictureFormat.raf, .cr3] { _ = RawFile(format, source).size }
        for format in PictureFormat.allCases { _ = FileEnd.isEarly(format, source) }
        var times = CaptureTimes()
        times.exif = CaptureTimes.tiff(inExif: bytes).map { [$0] } ?? []
        (times.xmp, times.iptc) = ([bytes], [bytes])
        _ = times.best
        if let bitmap = try? BitmapDecoder(source), bitmap.width * bitmap.height < 1 << 20 {
            decode(bitmap.width * bitmap.height * bitmap.bands) { bitmap.decode(into: $0) }
        }
        if let photoshop = try? PhotoshopDecoder(source), photoshop.width * photoshop.height < 1 << 20 {
            decode(photoshop.width * photoshop.height * photoshop.bands) { photoshop.decode(into: $0) }
        }
    }

    private func decode(_ count: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) -> Bool?) {
        var pixels = [UInt8](repeating: 0, count: count)
        _ = pixels.withUnsafeMutableBufferPointer { body($0) }
    }

    @Test(arguments: names)
    func `a file that ends at any byte is read`(name: String) throws {
        let bytes = try Fixtures.bytes(name)
        // Every byte of the head, where the structures are, and some of the rest.
        let ends = Array(0..<min(600, bytes.count)) + Array(stride(from: 600, to: bytes.count, by: 997))
        for end in ends { parse(Array(bytes.prefix(end))) }
    }

    @Test(arguments: names)
    func `bytes of a head that are changed to hostile numbers are read`(name: String) throws {
        let bytes = Array(try Fixtures.bytes(name).prefix(2500))
        for index in 0..<min(400, bytes.count) {
            for value in [0, 0x7f, 0xff] as [UInt8] {
                var changed = bytes
                changed[index] = value
                parse(changed)
            }
        }
    }

    @Test(arguments: [false, true])
    func `all fields of four bytes may be enormous`(isLittleEndian: Bool) throws {
        for name in Self.names {
            let bytes = Array(try Fixtures.bytes(name).prefix(1000))
            for index in 0..<max(0, min(200, bytes.count - 4)) {
                var changed = bytes
                changed.replaceSubrange(
                    index..<index + 4, with: isLittleEndian ? [0xff, 0xff, 0xff, 0x7f] : [0x7f, 0xff, 0xff, 0xff])
                parse(changed)
            }
        }
    }

    @Test func `directories that form a loop, or refer to themselves, are each read once`() throws {
        // One entry (SubIFDs, one LONG: 8), then a next directory: 8.
        let entry: [UInt8] = [0x4a, 1, 4, 0, 1, 0, 0, 0, 8, 0, 0, 0]
        let bytes: [UInt8] = [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0] + entry + [8, 0, 0, 0]
        let tiff = try #require(TIFFStructure(ByteSource(bytes)))
        #expect(tiff.all.count == 1)
        #expect(tiff.first?.numbers(.subDirectories) == [8])
    }

    @Test func `values that claim to lie outside, or to be countless, are none`() throws {
        for (count, offset) in [(1, UInt32.max), (UInt32.max, 8), (1 << 31, 1 << 31)] as [(UInt32, UInt32)] {
            let entry: [UInt8] = [0x32, 1, 2, 0] + littleEndian(count) + littleEndian(offset)
            let bytes: [UInt8] = [0x49, 0x49, 0x2a, 0, 8, 0, 0, 0, 1, 0] + entry + [0, 0, 0, 0]
            var times = CaptureTimes()
            times.exif = [try #require(TIFFStructure(ByteSource(bytes)))]
            #expect(times.best == nil)
        }
    }

    @Test func `boxes without end, and with sizes of their own making, end with the file`() {
        for size in [0, 1, 7, UInt32.max] as [UInt32] {
            let box = bigEndian(size) + Array("meta".utf8) + [0, 0, 0, 0]
            let file = [0, 0, 0, 8] + Array("ftyp".utf8) + box + box + box
            #expect(HEIFStructure(ByteSource(file)).end <= file.count)
        }
        let large = [0, 0, 0, 1] + Array("mdat".utf8) + [UInt8](repeating: 0xff, count: 8)
        #expect(HEIFStructure(ByteSource([0, 0, 0, 8] + Array("ftyp".utf8) + large)).end <= 24)
    }

    @Test func `a picture ends before a second file`() throws {
        let bytes = try Fixtures.bytes("heic-with-mp4-appended.heic")
        let structure = HEIFStructure(ByteSource(bytes))
        let second = try #require(bytes.dropFirst(8).firstRange(of: Array("ftyp".utf8))).lowerBound - 4
        #expect(structure.end == second)
        #expect(structure.hasMetadata && !structure.isCutOff)
    }

    @Test func `the colours and the rotation of a primary picture are found`() throws {
        let p3 = HEIFStructure(ByteSource(try Fixtures.bytes("avif-p3-nclx.avif")))
        #expect(p3.colour?.primaries == 12 && p3.colour?.transfer == 13)
        #expect(!p3.hasTransformation && !p3.isGrey)
        #expect(HEIFStructure(ByteSource(try Fixtures.bytes("avif-gray-limited.avif"))).isGrey)
    }
}
