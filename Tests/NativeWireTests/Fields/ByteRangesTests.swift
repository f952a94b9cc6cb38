import HTTPWire
import Testing

@Suite struct ByteRangesTests {
    private func select(_ field: String?, of size: UInt64 = 10_000, countMax: Int = 10) -> ByteRanges {
        ByteRanges(field, size: size, countMax: countMax)
    }

    @Test func `the examples of RFC 9110 have their described meaning`() {
        #expect(select("bytes=0-499") == .ranges([0..<500]))
        #expect(select("bytes=500-999") == .ranges([500..<1000]))
        #expect(select("bytes=-500") == .ranges([9500..<10_000]))
        #expect(select("bytes=9500-") == .ranges([9500..<10_000]))
        #expect(select("bytes=0-0,-1") == .ranges([0..<1, 9999..<10_000]))
        #expect(select("bytes= 0-999, 4500-5499, -1000") == .ranges([0..<1000, 4500..<5500, 9000..<10_000]))
        #expect(select("bytes=500-700,601-999") == .ranges([500..<701, 601..<1000]))
    }

    @Test func `ends past the content are clamped`() {
        #expect(select("bytes=9999-20000") == .ranges([9999..<10_000]))
        #expect(select("bytes=-20000") == .ranges([0..<10_000]))
        #expect(select("bytes=5-18446744073709551615") == .ranges([5..<10_000]))
        #expect(select("bytes=5-99999999999999999999999999") == .ranges([5..<10_000]))
        #expect(select("bytes=-99999999999999999999999999") == .ranges([0..<10_000]))
        #expect(select("bytes=0-", of: .max) == .ranges([0..<UInt64.max]))
    }

    @Test func `a range past the whole is not satisfiable, unless another one is`() {
        #expect(select("bytes=10000-") == .unsatisfiable)
        #expect(select("bytes=99999999999999999999999999-") == .unsatisfiable)
        #expect(select("bytes=-0") == .unsatisfiable)
        #expect(select("bytes=10000-,-0") == .unsatisfiable)
        #expect(select("bytes=10000-,3-4") == .ranges([3..<5]))
    }

    @Test func `of empty content, a suffix is the whole and no other range is satisfiable`() {
        #expect(select("bytes=-5", of: 0) == .whole)
        #expect(select("bytes=0-", of: 0) == .unsatisfiable)
        #expect(select("bytes=0-0", of: 0) == .unsatisfiable)
        #expect(select("bytes=-0", of: 0) == .unsatisfiable)
        #expect(select(nil, of: 0) == .whole)
    }

    @Test(arguments: [
        "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=1-2x", "bytes=1-2;3-4",
        "bytes=+1-2",
        "bytes=0x1-2", "bytes=1 - 2", "bytes=1-2-3", "bytes=--1", "bytes =1-2", "lines=1-2", "bytes=1-2,x", "=1-2",
        "bytes=１-２",
    ]) func `a malformed field is ignored`(_ field: String) {
        #expect(select(field) == .whole)
    }

    @Test func `the unit has no case, and lists may have empty elements`() {
        #expect(select("BYTES=1-2") == .ranges([1..<3]))
        #expect(select("bytes=,1-2,\t ,3-4,") == .ranges([1..<3, 3..<5]))
    }

    @Test func `too many ranges, and ranges that overlap into more than the whole, are ignored`() {
        let many = (0..<11).map { "\($0)-\($0)" }.joined(separator: ",")
        #expect(select("bytes=\(many)") == .whole)
        #expect(select("bytes=\(many)", countMax: 11) != .whole)
        #expect(select("bytes=0-,0-") == .whole)
        #expect(select("bytes=0-,0-,0-", of: .max) == .whole)
        #expect(select("bytes=0-4999,5000-9999") == .ranges([0..<5000, 5000..<10_000]))
    }
}

@Suite struct ContentRangeTests {
    @Test func `a range of a size is written and read`() throws {
        let range = ContentRange(0..<500, of: 1234)
        #expect(range.text == "bytes 0-499/1234")
        #expect(ContentRange(parsing: range.text) == range)
        #expect(ContentRange(parsing: "Bytes 0-499/1234") == range)
    }

    @Test(arguments: [
        "", "bytes */7", "bytes 0-4/*", "bytes 4-0/9", "bytes 0-9/9", "items 0-1/2", "bytes 0-1", "bytes 0-1/2/3",
        "bytes 0-18446744073709551615/18446744073709551616", "bytes -1/2",
    ]) func `a field without a range and a known size is refused`(_ field: String) {
        #expect(ContentRange(parsing: field) == nil)
    }
}
