import ImagingWire
import Testing

@testable import Imaging

/// The times of videos, and what else is read of them without a decoder.
@Suite struct MovieTimeTests {
    private func box(_ type: String, _ content: [UInt8]) -> [UInt8] {
        bigEndian(UInt32(content.count + 8)) + Array(type.utf8) + content
    }

    private func header(_ seconds: UInt64, version: UInt8 = 0) -> [UInt8] {
        box("mvhd", [version, 0, 0, 0] + (version == 1 ? bigEndian(seconds) : bigEndian(UInt32(seconds))))
    }

    private func metadata(_ date: String, type: UInt32 = 1, prefix: [UInt8] = []) -> [UInt8] {
        let names = ["com.apple.quicktime.make", "com.apple.quicktime.creationdate"]
        let keys = names.flatMap { box("mdta", Array($0.utf8)) }
        let value = box("data", bigEndian(type) + bigEndian(UInt32(0)) + Array(date.utf8))
        let entries = bigEndian(UInt32(value.count + 8)) + bigEndian(UInt32(2)) + value
        return box(
            "meta",
            prefix + box("hdlr", [0, 0, 0, 0]) + box("keys", [0, 0, 0, 0] + bigEndian(UInt32(2)) + keys)
                + box("ilst", entries))
    }

    private func movie(_ boxes: [UInt8]) -> MovieStructure {
        MovieStructure(ByteSource(box("ftyp", Array("qt  ".utf8)) + box("mdat", [1, 2, 3]) + box("moov", boxes)))
    }

    private let expected = PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 45, zoneMinutes: 0)
    /// 2024-05-01 12:30:45 UTC since 1904.
    private let seconds: UInt64 = 3_797_411_445

    @Test func `the header's time is in UTC, in both versions`() {
        for version in [0, 1] as [UInt8] {
            #expect(movie(header(seconds, version: version)).takenAt == expected)
        }
        #expect(MovieStructure.time(sinceEpoch: 1 << 60) == nil)
    }

    @Test(arguments: [0, 1, 86_400, 2_082_844_800, 2_082_844_800 + 86_400, 1_714_566_645] as [UInt64])
    func `a clock that was not set is no time`(seconds: UInt64) {
        #expect(movie(header(seconds)).takenAt == nil)
    }

    @Test func `the camera's own date comes first, with its zone, in both forms of the box`() {
        let local = PictureTime(year: 2024, month: 5, day: 1, hour: 14, minute: 30, second: 45, zoneMinutes: 120)
        let date = "2024-05-01T14:30:45+0200"
        for boxes in [
            header(seconds) + metadata(date), header(seconds) + metadata(date, prefix: [0, 0, 0, 0]),
            header(seconds) + box("udta", metadata(date)),
        ] {
            #expect(movie(boxes).takenAt == local)
        }
        for boxes in [metadata(""), metadata("yesterday"), metadata(date, type: 13)] {
            #expect(movie(header(seconds) + boxes).takenAt == expected)
        }
    }

    @Test func `a file whose last box is longer than it is cut off`() {
        let whole = box("ftyp", Array("isom".utf8)) + box("mdat", [UInt8](repeating: 0, count: 100))
        #expect(!MovieStructure(ByteSource(whole)).isCutOff)
        #expect(VideoFile(.mp4, ByteSource(Array(whole.dropLast()))).isCutOff)
    }

    /// RFC 8794: identifiers and sizes whose first byte states their length.
    private func element(_ identifier: [UInt8], _ content: [UInt8], size: [UInt8]? = nil) -> [UInt8] {
        identifier + (size ?? [0x40 | UInt8(content.count >> 8), UInt8(content.count & 0xff)]) + content
    }

    @Test func `the date of Matroska counts from 2001 in UTC`() {
        let nanoseconds = Int64(736_259_445) * 1_000_000_000
        let date = element([0x44, 0x61], bigEndian(UInt64(bitPattern: nanoseconds)))
        let head = element([0x1a, 0x45, 0xdf, 0xa3], [0x42, 0x82, 0x84] + Array("webm".utf8))
        let info = element([0x15, 0x49, 0xa9, 0x66], element([0x2a, 0xd7, 0xb1], [1, 2, 3]) + date)
        let void = element([0xec], [UInt8](repeating: 0, count: 50))
        for size in [nil, [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]] as [[UInt8]?] {
            let file = head + element([0x18, 0x53, 0x80, 0x67], void + info, size: size)
            #expect(VideoFile(.webM, ByteSource(file)).takenAt == expected)
            for count in 0..<file.count { _ = MatroskaTime.takenAt(ByteSource(Array(file.prefix(count)))) }
        }
        let unset = element([0x15, 0x49, 0xa9, 0x66], element([0x44, 0x61], [UInt8](repeating: 0, count: 8)))
        #expect(MatroskaTime.takenAt(ByteSource(head + element([0x18, 0x53, 0x80, 0x67], unset))) == nil)
    }

    @Test(arguments: ["WED MAY 01 12:30:45 2024\n\0", "2024:05:01 12:30:45\0"])
    func `the date of an AVI is that of its camera's clock`(text: String) {
        let count = UInt32(text.utf8.count)
        let file = Array("RIFF0000AVI LIST0000hdrlIDIT".utf8) + bigEndian(count).reversed() + Array(text.utf8)
        #expect(
            VideoFile(.avi, ByteSource(file)).takenAt
                == PictureTime(year: 2024, month: 5, day: 1, hour: 12, minute: 30, second: 45))
    }

    @Test func `days are those of the calendar`() {
        for (seconds, year, month, day) in [
            (0, 1970, 1, 1), (951_782_400, 2000, 2, 29), (951_868_800, 2000, 3, 1), (4_107_542_400, 2100, 3, 1),
            (-1, 1969, 12, 31), (253_402_300_799, 9999, 12, 31),
        ] {
            let time = PictureTime(secondsSince1970: seconds)
            #expect(time.map { ($0.year, $0.month, $0.day) } ?? (0, 0, 0) == (year, month, day))
        }
        #expect(PictureTime(secondsSince1970: 253_402_300_800) == nil)
        #expect(PictureTime(secondsSince1970: .max) == nil && PictureTime(secondsSince1970: .min) == nil)
    }
}
