import NativeWire
import SessionCore
import Testing

struct ZipWriterTests {
    private let time = Timestamp(milliseconds: 1_795_383_322_123)

    private func number(_ bytes: [UInt8], at offset: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[offset + $1]) << (8 * $1) }
    }

    @Test func `a file that is too large for 32 bits has its size in ZIP64, one byte less does not`() {
        for (size, isLarge) in [(UInt64(UInt32.max) - 1, false), (UInt64(UInt32.max), true), (5 << 32, true)] {
            var zip = ZipWriter()
            let head = zip.begin(ZipEntry(name: "film.mov", size: size, modifiedAt: time))
            let tail = zip.end(checksum: 0x1234_5678)
            let end = zip.finish()
            #expect(number(head, at: 0, 4) == 0x0403_4b50 && number(head, at: 6, 2) == 0x0808)
            #expect(number(head, at: 4, 2) == (isLarge ? 45 : 20))
            #expect(tail.count == (isLarge ? 24 : 16) && number(tail, at: 4, 4) == 0x1234_5678)
            #expect(number(tail, at: 8, isLarge ? 8 : 4) == size)
            #expect(number(end, at: 16, 4) == 0x1234_5678, "the checksum in the directory")
            #expect(number(end, at: 24, 4) == (isLarge ? UInt64(UInt32.max) : size))
            if isLarge { #expect(number(end, at: 46 + 8 + 4, 8) == size, "the size in the extra field") }
        }
    }

    @Test func `a file that begins after 4 GiB has its place in ZIP64, and so has the directory`() {
        var zip = ZipWriter()
        _ = zip.begin(ZipEntry(name: "a", size: 5 << 30, modifiedAt: time))
        _ = zip.end(checksum: 0)
        _ = zip.begin(ZipEntry(name: "b", size: 7, modifiedAt: time))
        _ = zip.end(checksum: 0)
        let end = zip.finish()
        // The header of `a` has 46 bytes, its name, both sizes and the time.
        let second = 46 + 1 + 20 + 9
        #expect(number(end, at: second, 4) == 0x0201_4b50)
        #expect(number(end, at: second + 24, 4) == 7, "a small size stays where it is")
        #expect(number(end, at: second + 42, 4) == UInt64(UInt32.max))
        #expect(number(end, at: second + 47, 2) == 1 && number(end, at: second + 49, 2) == 8)
        // A local header of 30 bytes, its name, ZIP64 and the time, then the file and its descriptor of 24 bytes.
        #expect(number(end, at: second + 51, 8) == 30 + 1 + 20 + 9 + 5 << 30 + 24)
        let zip64 = second + 46 + 1 + 12 + 9
        #expect(number(end, at: zip64, 4) == 0x0606_4b50 && number(end, at: zip64 + 24, 8) == 2)
        #expect(number(end, at: zip64 + 40, 8) == UInt64(zip64), "the size of the directory")
        #expect(number(end, at: zip64 + 56, 4) == 0x0706_4b50, "the locator")
        #expect(number(end, at: end.count - 22, 4) == 0x0605_4b50)
        #expect(number(end, at: end.count - 6, 4) == UInt64(UInt32.max))
    }

    @Test func `as many files as 16 bits cannot count are counted in ZIP64`() {
        for (count, isLarge) in [(65_534, false), (65_535, true)] {
            var zip = ZipWriter()
            for index in 0..<count {
                _ = zip.begin(ZipEntry(name: "\(index)", size: 0, modifiedAt: time))
                _ = zip.end(checksum: 0)
            }
            let end = zip.finish()
            #expect(number(end, at: end.count - 22 + 10, 2) == UInt64(min(count, 65_535)))
            let locator = end.count - 22 - 20
            #expect((number(end, at: locator, 4) == 0x0706_4b50) == isLarge)
            if isLarge { #expect(number(end, at: locator - 56 + 32, 8) == UInt64(count)) }
        }
    }

    @Test func `the size is known before anything is sent`() {
        let entries = [(0, "a"), (9, "ä/🌊.jpg"), (5 << 32, "film.mov"), (1, "b")].map {
            ZipEntry(name: $0.1, size: UInt64($0.0), modifiedAt: time)
        }
        var zip = ZipWriter()
        var count: UInt64 = 0
        for entry in entries { count += UInt64(zip.begin(entry).count + zip.end(checksum: 1).count) + entry.size }
        #expect(ZipWriter.size(of: entries) == count + UInt64(zip.finish().count))
    }

    @Test func `times before 1980 and after 2107 are those at the edge`() {
        func time(_ milliseconds: Int64) -> UInt64 {
            var zip = ZipWriter()
            let entry = ZipEntry(name: "a", size: 0, modifiedAt: Timestamp(milliseconds: milliseconds))
            return number(zip.begin(entry), at: 10, 4)
        }
        #expect(time(0) == 1 << 21 | 1 << 16)
        #expect(time(5_000_000_000_000) == 127 << 25 | 12 << 21 | 31 << 16 | 23 << 11 | 59 << 5 | 29)
        // 2026-11-22T18:15:22Z.
        #expect(time(1_795_371_322_123) == 46 << 25 | 11 << 21 | 22 << 16 | 18 << 11 | 15 << 5 | 11)
    }
}
