import HTTPWire
import Testing

@Suite struct PercentCodingTests {
    @Test func `unreserved characters are kept, all others are escaped byte by byte`() {
        #expect("aZ09-._~ /ü%".percentEncoded == "aZ09-._~%20%2F%C3%BC%25")
        let path = "a/b c".percentEncoded { $0.isUnreserved || $0 == UInt8(ascii: "/") }
        #expect(path == "a/b%20c")
    }

    @Test func `escapes are decoded`() {
        #expect(String.percentDecoded("http%3a%2F%2Fh") == "http://h")
        #expect(String.percentDecoded("%C3%BC") == "ü")
    }

    @Test(arguments: ["%", "%4", "%zz", "a%", "%FF", "%+1"])
    func `a broken escape is refused`(_ text: String) {
        #expect(String.percentDecoded(text) == nil)
    }
}
