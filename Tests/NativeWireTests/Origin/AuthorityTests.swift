import HTTPWire
import Testing

@Suite struct AuthorityTests {
    @Test(
        arguments: [
            ("localhost", "localhost", nil), ("LOCALHOST.:8080", "localhost", 8080),
            ("a_b-c.example:0", "a_b-c.example", 0),
            ("127.0.0.1:80", "127.0.0.1", 80), ("[::1]", "::1", nil), ("[2001:DB8::1]:65535", "2001:db8::1", 65535),
            ("a:", "a", nil),
        ] as [(String, String, UInt16?)])
    func `a host and a port are read`(_ text: String, _ host: String, _ port: UInt16?) throws {
        let authority = try #require(Authority(text))
        #expect(authority.host == host)
        #expect(authority.port == port)
        #expect(Authority(authority.text) == authority)
    }

    @Test(arguments: [
        "localhost..", ".localhost", "a..b", "..",
        "", ".", ":80", "a b", "a@b", "user:secret@a", "a/b", "a?b", "a#b", "a,b", "[::1", "::1", "[a]", "[::1%eth0]",
        "[127.0.0.1]",
        "[::1]8080", "a:x", "a:65536", "a:+1", "a:80:80", "é.example", "a%2eb", "a\"b", "http://a",
        String(repeating: "a", count: 256),
    ])
    func `anything else is refused`(_ text: String) {
        #expect(Authority(text) == nil)
    }

    @Test(arguments: [
        ("https://a.example", "https://a.example:443", true), ("http://a.example", "http://a.example:80", true),
        ("https://a.example", "http://a.example", false), ("https://a.example", "https://a.example:444", false),
        ("HTTPS://A.example", "https://a.example.", true), ("http://[::1]:1", "http://[::1]:1", true),
    ])
    func `origins are equal if scheme, host and port are`(_ one: String, _ other: String, _ areEqual: Bool) throws {
        let origin = try #require(WebOrigin(one))
        #expect(try (origin == #require(WebOrigin(other))) == areEqual)
        #expect(WebOrigin(origin.text) == origin)
    }

    @Test(arguments: [
        "null", "", "a.example", "ftp://a.example", "https://", "https://a.example/", "https://a@b", "file://",
    ])
    func `what is no origin of a page is refused`(_ text: String) {
        #expect(WebOrigin(text) == nil)
    }

    @Test func `the origin of a URL has no path`() {
        #expect(WebOrigin(ofURL: "https://a.example/x?y") == WebOrigin("https://a.example"))
        #expect(WebOrigin(ofURL: "https://a.example") == WebOrigin("https://a.example"))
        #expect(WebOrigin(ofURL: "a.example/x") == nil)
    }
}
