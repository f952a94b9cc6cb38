import Testing
import UploadTestKit

@testable import WharfCommand

/// What pictures and videos say about the shot that they are from.
@Suite struct MediaFactsTests {
    private static let identifier = "0F3A2C6B-71D1-4C4E-9B0B-0123456789AB"

    private func facts(_ bytes: [UInt8]) -> MediaFacts { MediaFacts(MediaBytes(bytes)) }

    @Test(arguments: [false, true])
    func `a movie states its length and its identifier`(isLong: Bool) {
        let found = facts(SampleMedia.movie(milliseconds: 2_900, identifier: Self.identifier, isLong: isLong))
        #expect(found == MediaFacts(contentIdentifier: Self.identifier, milliseconds: 2_900))
        let plain = facts(SampleMedia.movie(milliseconds: 61_000, identifier: nil, isLong: isLong))
        #expect(plain == MediaFacts(milliseconds: 61_000))
    }

    @Test(arguments: [false, true])
    func `Apple's maker notes state the identifier, in Exif of either byte order`(isLittleEndian: Bool) {
        let exif = SampleMedia.exif(identifier: Self.identifier, isLittleEndian: isLittleEndian)
        #expect(facts(SampleMedia.jpeg(exif: exif)).contentIdentifier == Self.identifier)
        #expect(facts(exif).contentIdentifier == Self.identifier)
        #expect(facts(SampleMedia.heic(exif: [exif])).contentIdentifier == Self.identifier)
        // Auxiliary pictures have Exif of their own.
        let other = Array("MM\0*".utf8) + [UInt8](repeating: 0, count: 8)
        for items in [[exif, other], [other, exif]] {
            #expect(facts(SampleMedia.heic(exif: items)).contentIdentifier == Self.identifier)
        }
    }

    @Test(arguments: [
        (#"<rdf:Description GCamera:MotionPhoto="1" GCamera:MotionPhotoVersion="1"/>"#, true),
        (#"<rdf:Description Camera:MicroVideo='1'/>"#, true), ("<GCamera:MotionPhoto>1</GCamera:MotionPhoto>", true),
        (#"<rdf:Description GCamera:MotionPhoto="0"/>"#, false), ("<rdf:Description/>", false),
    ])
    func `a motion photo says so in its XMP`(xmp: String, isMotion: Bool) {
        #expect(facts(SampleMedia.jpeg(xmp: xmp)).isMotionPhoto == isMotion)
        #expect(facts(SampleMedia.heic(xmp: xmp)).isMotionPhoto == isMotion)
    }

    @Test func `a HEIC with a box for a video is a motion photo`() {
        #expect(facts(SampleMedia.heic() + SampleMedia.box("mpvd", [1, 2, 3])).isMotionPhoto)
    }

    @Test func `damaged files say less, read little, and never trap`() {
        var random = SeededRandom(seed: 7)
        let exif = SampleMedia.exif(identifier: Self.identifier, isLittleEndian: true)
        let samples = [
            SampleMedia.movie(milliseconds: 2_900, identifier: Self.identifier, isLong: true),
            SampleMedia.jpeg(exif: exif), SampleMedia.heic(exif: [exif], xmp: "<x/>"), exif,
        ]
        for sample in samples {
            for end in sample.indices { _ = facts(Array(sample[..<end])) }
            for _ in 0..<3_000 {
                var damaged = sample
                for _ in 0...random.below(4) {
                    damaged[random.below(damaged.count)] = random.chance(0.3) ? 0xFF : UInt8(random.below(256))
                }
                _ = facts(damaged)
            }
        }
        #expect(facts([]) == MediaFacts() && facts([0xFF, 0xD8]) == MediaFacts())
    }

    @Test func `of a large file only headers are read`() {
        let head = SampleMedia.box("ftyp", Array("qt  ".utf8) + [0, 0, 0, 0])
        let movie = SampleMedia.movie(milliseconds: 2_900, identifier: Self.identifier, isLong: false)
        let dataBytes: UInt64 = 40 << 30
        let data = SampleMedia.number(1, 4) + Array("mdat".utf8) + SampleMedia.number(dataBytes, 8)
        let start = UInt64(head.count) + dataBytes
        var bytesRead = 0
        let file = MediaBytes(size: start + UInt64(movie.count)) { offset, count in
            bytesRead += count
            let part = offset < start ? (head + data).dropFirst(Int(offset)) : movie.dropFirst(Int(offset - start))
            return Array(part.prefix(count))
        }
        #expect(MediaFacts(file).contentIdentifier == Self.identifier)
        #expect(bytesRead < 1_000)
    }
}
