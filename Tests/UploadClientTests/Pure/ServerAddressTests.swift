import Testing
import UploadClient

@Suite struct ServerAddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("HTTPS://Example.ORG", "https://example.org"),
        ("http://host/", "http://host"),
        ("http://host:1/a//b/", "http://host:1/a/b"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ])
    func `an address is parsed and normalized`(_ text: String, _ base: String) throws {
        #expect(try ServerAddress(text).base == base)
    }

    @Test(arguments: [
        "", "host:8080", "ftp://host", "http://", "http:///path", "http://:80", "http://user:secret@host", "http://a?b",
        "http://a#b", "http://a b", "http://ä",
    ])
    func `an invalid address is refused`(_ text: String) {
        #expect(throws: ClientError.self) { try ServerAddress(text) }
    }
}
