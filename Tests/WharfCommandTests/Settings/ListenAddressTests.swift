import Testing

@testable import WharfCommand

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("127.0.0.1:8080", true), ("127.1.2.3:0", true), ("localhost:80", true), ("LOCALHOST:80", true),
        ("[::1]:8080", true), ("0.0.0.0:8080", false), ("[::]:8080", false), ("192.168.1.7:1", false),
        ("example.org:65535", false), ("127.0.0.1.example.org:80", false), ("127.0.0:80", false),
        ("128.0.0.1:1", false),
        ("localhost.example.org:80", false), ("[::2]:1", false),
    ])
    func `addresses are parsed, and only loopback addresses are recognized as such`(_ text: String, _ isLoopback: Bool)
        throws
    {
        let address = try #require(ListenAddress(text))
        #expect(address.description == text)
        #expect(address.isLoopback == isLoopback)
    }

    @Test(arguments: [
        "", ":8080", "8080", "localhost", "localhost:", "localhost:65536", "localhost:-1", "localhost:+1", "::1:8080",
        "[::1]", "[::1]8080", "[localhost]:80", "[]:80", "a b:80", "a/b:80", "user@host:80", "http://localhost:80",
        "localhost:٨",
    ])
    func `an invalid address is refused`(_ text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
