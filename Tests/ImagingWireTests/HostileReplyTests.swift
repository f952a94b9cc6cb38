import Testing

@testable import ImagingWire

/// Replies of a worker compromised by a picture.
@Suite struct HostileReplyTests {
    private func refusal(
        _ picture: DerivedPicture, _ expected: WireError.Malformation, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(throws: WireError.malformed(expected), sourceLocation: sourceLocation) {
            try PictureReply(parsing: PictureReply.derived(picture).bytes)
        }
    }

    private func thumb(_ bytes: [UInt8]) -> DerivedPicture {
        Samples.picture(thumb: EncodedPicture(width: 512, height: 384, bytes: bytes))
    }

    @Test func `a rendition larger than its limit is refused`() {
        refusal(Samples.picture(display: Samples.encoded(2049, 1)), .size)
        refusal(Samples.picture(thumb: Samples.encoded(1, 513)), .size)
        refusal(Samples.picture(placeholder: Samples.encoded(33, 33)), .size)
    }

    @Test func `a rendition whose size differs from the stated one is refused`() {
        let other = EncodedPicture(width: 512, height: 384, bytes: Samples.encoded(512, 383).bytes)
        refusal(Samples.picture(thumb: other), .size)
    }

    @Test func `a picture without pixels is refused`() {
        refusal(Samples.picture(width: 0), .size)
        refusal(Samples.picture(height: 0), .size)
        refusal(Samples.picture(placeholder: Samples.encoded(0, 10)), .webP)
    }

    @Test(arguments: [0, 4, 26])
    func `a hash of another length is refused`(count: Int) {
        refusal(Samples.picture(thumbHash: [UInt8](repeating: 1, count: count)), .thumbHash)
    }

    @Test func `a time that does not exist is refused`() {
        for (month, day, hour, zone) in [
            (0, 1, 0, nil), (13, 1, 0, nil), (2, 30, 0, nil), (4, 31, 0, nil), (1, 0, 0, nil), (1, 1, 24, nil),
            (1, 1, 0, 841), (1, 1, 0, -841),
        ] as [(Int, Int, Int, Int?)] {
            #expect(
                PictureTime(
                    year: 2023, month: month, day: day, hour: hour, minute: 0, second: 0, zoneMinutes: zone) == nil)
        }
        #expect(PictureTime(year: 2023, month: 2, day: 29, hour: 0, minute: 0, second: 0) == nil)
        #expect(PictureTime(year: 2024, month: 2, day: 29, hour: 0, minute: 0, second: 0) != nil)
        #expect(PictureTime(year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0) == nil)
        // The hash has 20 bytes, behind the heads of the reply and of the picture.
        var bytes = PictureReply.derived(Samples.picture()).bytes
        let month = 8 + 8 + 1 + 20 + 1 + 2
        #expect(bytes[month] == 5)
        bytes[month] = 13
        #expect(throws: WireError.malformed(.takenAt)) { try PictureReply(parsing: bytes) }
    }

    @Test func `more than four notes, and unknown ones, are refused`() {
        refusal(Samples.picture(notes: [PictureNote](repeating: .incomplete, count: 6)), .code)
        refusal(Samples.picture(notes: [.preview(width: 0, height: 1)]), .code)
    }

    @Test func `only the thumb of a panorama may exceed its edge, down to a short one of 128 pixels`() {
        refusal(Samples.picture(display: Samples.encoded(2048, 400), thumb: Samples.encoded(656, 128)), .size)
        #expect(RenditionEdge.thumb(ofWidth: 2048, height: 400) == 655)
        #expect(RenditionEdge.thumb(ofWidth: 2048, height: 512) == 512)
        #expect(RenditionEdge.thumb(ofWidth: 1, height: 2048) == 2048)
        #expect(RenditionEdge.thumb(ofWidth: 100, height: 100) == 512)
    }

    @Test func `anything but a WebP is refused`() {
        for bytes in [
            Array("<script>alert(1)</script>".utf8), [], Samples.webP([]), Samples.webP([("JUNK", [1, 2])]),
            Samples.encoded(512, 384).bytes + [0], Samples.encoded(512, 384).bytes.dropLast(),
            Samples.webP([Samples.lossy(512, 384), ("JUNK", [])]),
            Samples.webP([("VP8 ", [0x11] + Samples.lossy(512, 384).content.dropFirst())]),
            Samples.webP([("VP8 ", [1, 2, 3])]), Samples.webP([("VP8L", [0x2e, 0, 0, 0, 0])]),
        ] {
            let reply = PictureReply.derived(thumb(Array(bytes))).bytes
            #expect(throws: WireError.self) { try PictureReply(parsing: reply) }
        }
    }

    @Test(arguments: ["EXIF", "XMP ", "ICCP", "ANIM", "ANMF"])
    func `metadata and animations are refused`(chunk: String) {
        let picture = Samples.lossy(512, 384)
        refusal(thumb(Samples.webP([Samples.extended(0x10, 512, 384), picture, (chunk, [1, 2])])), .webP)
        refusal(thumb(Samples.webP([picture, (chunk, [1, 2])])), .webP)
    }

    @Test(arguments: [0x00, 0x02, 0x14, 0x18, 0x30] as [UInt8])
    func `an extended picture may state alpha and nothing else`(flags: UInt8) {
        let chunks = [Samples.extended(flags, 512, 384), ("ALPH", [1]), Samples.lossy(512, 384)]
        refusal(thumb(Samples.webP(chunks)), .webP)
    }

    @Test func `an extended picture whose canvas is another size than its picture is refused`() {
        let chunks = [Samples.extended(0x10, 512, 300), ("ALPH", [1]), Samples.lossy(512, 384)]
        refusal(thumb(Samples.webP(chunks)), .webP)
    }

    @Test func `problems of unknown codes and formats are refused`() {
        for bytes in [
            problem(0, 0), problem(1, 1), problem(2, 0), problem(2, 99), problem(4, 1), problem(5, 0),
            problem(8, 0), problem(9, 0), problem(9, 1), problem(10, 0), problem(11, 0), problem(12, 1), problem(13, 0),
            problem(4, 0, limit: 1 << 40),
        ] {
            #expect(throws: WireError.malformed(.code)) { try PictureReply(parsing: bytes) }
        }
    }

    private func problem(_ code: UInt32, _ format: UInt32, limit: UInt64 = 1) -> [UInt8] {
        let head = Array(PictureReply.problem(.unknownFormat).bytes.prefix(8))
        return head + Samples.littleEndian(code) + Samples.littleEndian(format) + Samples.littleEndian(UInt64(0))
            + Samples.littleEndian(limit) + [0]
    }

    @Test func `unknown exit reasons are refused`() {
        var bytes = JobEnd(exitReason: .outOfTime, computeMicroseconds: 0, residentBytesMax: 0).bytes
        bytes[4] = 9
        #expect(throws: WireError.malformed(.code)) { try JobEnd(parsing: bytes) }
        bytes[4] = 3
        bytes[8] = 1
        #expect(throws: WireError.malformed(.code)) { try JobEnd(parsing: bytes) }
        bytes[0] ^= 1
        #expect(throws: WireError.malformed(.magic)) { try JobEnd(parsing: bytes) }
    }
}
