import Testing

@testable import BlobStorageS3

struct URIEncodingTests {
    @Test func `unreserved characters are kept, all others are escaped byte by byte`() {
        #expect(URIEncoding.encoded("aZ09-._~ /ü%") == "aZ09-._~%20%2F%C3%BC%25")
        #expect(URIEncoding.encoded("a/b c", keepingSlashes: true) == "a/b%20c")
    }

    @Test func `escapes are decoded`() {
        #expect(URIEncoding.decoded("http%3a%2F%2Fh") == "http://h")
        #expect(URIEncoding.decoded("%C3%BC") == "ü")
    }

    @Test(arguments: ["%", "%4", "%zz", "a%", "%FF", "%+1"])
    func `a broken escape is refused`(text: String) {
        #expect(URIEncoding.decoded(text) == nil)
    }
}
