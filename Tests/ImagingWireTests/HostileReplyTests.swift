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

    @Test func `an Exif time has exactly one form`() {
        for text in ["", "2024:05:01 12:30", "2024:05:01 12:30:0x", "2024-05-01 12:30:00", "2024:05:01 12:30:00 "] {
            #expect(ExifTime(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(Samples.time?.text == "2024:05:01 12:30:00")
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
            problem(0, 0), problem(5, 0), problem(1, 1), problem(2, 0), problem(2, 7), problem(4, 1),
            problem(4, 0, limit: 1 << 40),
        ] {
            #expect(throws: WireError.malformed(.code)) { try PictureReply(parsing: bytes) }
        }
    }

    private func problem(_ code: UInt32, _ format: UInt32, limit: UInt64 = 1) -> [UInt8] {
        let head = Array(PictureReply.problem(.unknownFormat).bytes.prefix(8))
        return head + Samples.littleEndian(code) + Samples.littleEndian(format) + Samples.littleEndian(UInt64(0))
            + Samples.littleEndian(limit)
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
