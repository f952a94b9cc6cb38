import Testing

@testable import Imaging

@Suite struct JPEGScansTests {
    private func count(_ bytes: [UInt8], limit: UInt32 = 100) throws -> UInt32? {
        let file = try TestFile(bytes)
        defer { file.close() }
        return ByteSource(file: file.descriptor).map { JPEGScans.count(in: $0, limit: limit) }
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
