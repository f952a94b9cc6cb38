import Testing

@testable import Imaging

@Suite struct JPEGScansTests {
    private func count(_ bytes: [UInt8], limit: UInt32 = 100) throws -> UInt32? {
        try scans(bytes, limit: limit)?.count
    }

    private func scans(_ bytes: [UInt8], limit: UInt32 = 100) throws -> JPEGScans? {
        let file = try TestFile(bytes)
        defer { file.close() }
        return ByteSource(file: file.descriptor).map { JPEGScans(in: $0, limit: limit) }
    }

    @Test func `what follows the end of the image is not looked at`() throws {
        let scan: [UInt8] = [0xff, 0xda, 0, 4, 1, 1, 0x12]
        let image = [0xff, 0xd8] + scan + scan + [0xff, 0xff, 0xd9]
        let others = Array(repeating: scan, count: 200).flatMap { $0 }
        let found = try #require(try scans(image + others))
        #expect(found.count == 2 && found.end == image.count)
        #expect(try #require(try scans([0xff, 0xd8] + scan)).end == nil)
        // The end of a preview within Exif's segment, and an end without a scan, are none.
        let exif: [UInt8] = [0xff, 0xe1, 0, 6, 0xff, 0xd9, 0xff, 0xd9]
        #expect(try #require(try scans([0xff, 0xd8] + exif + scan + [0xff, 0xd9])).end == 19)
        #expect(try count([0xff, 0xd8, 0xff, 0xd9] + scan) == 1)
    }

    @Test func `a baseline JPEG has one scan, a progressive one some`() throws {
        let picture = try Chart.picture(width: 64, height: 48)
        #expect(try count(picture.saved("jpegsave_buffer")) == 1)
        let progressive = try #require(try count(picture.saved("jpegsave_buffer", [("interlace", "true")])))
        #expect((5...12).contains(progressive))
    }

    @Test func `counting ends one after the limit`() throws {
        let bytes = HostileFiles.jpeg(width: 8, height: 8, scans: 500)
        #expect(try count(bytes) == 101)
        #expect(try count(bytes, limit: 500) == 500)
        #expect(try count(bytes, limit: 1000) == 500)
    }

    @Test func `scan markers within segments or entropy-coded data are not counted`() throws {
        let comment: [UInt8] = [0xff, 0xfe, 0, 8, 0xff, 0xda, 0xff, 0xda, 0xff, 0xda]
        let scan: [UInt8] = [0xff, 0xda, 0, 3, 0xff, 0x12, 0xff, 0x00, 0xda, 0xff, 0xd0, 0xda]
        #expect(try count([0xff, 0xd8] + comment + scan + [0xff, 0xd9]) == 1)
    }

    @Test func `markers may be padded and may cross the boundary of a read`() throws {
        let filler = [UInt8](repeating: 0xff, count: 5)
        for shift in 0..<16 {
            let padding = [UInt8](repeating: 0x11, count: (256 << 10) - 24 + shift)
            let scan: [UInt8] = [0xff, 0xda, 0, 4, 1, 1]
            #expect(try count([0xff, 0xd8] + padding + filler + scan + scan) == 2, "\(shift)")
        }
    }

    @Test func `a length shorter than itself does not stop the count`() throws {
        #expect(try count([0xff, 0xd8, 0xff, 0xe0, 0, 0, 0xff, 0xda, 0, 1, 0xff, 0xda]) == 2)
    }

    @Test func `an unreadable file has no scan count`() {
        #expect(ByteSource(file: -1) == nil)
    }
}
