import HTTPWire
import Testing

@Suite struct MediaTypeTests {
    @Test(arguments: [
        ("text/javascript", false), ("Application/JavaScript; charset=utf-8", false), ("text/javascript1.5", false),
        ("application/wasm", false), ("text/css", false), ("text/xsl", false), ("image/jpeg", true),
        ("text/html", true),
        ("application/json", true), ("text/plain; charset=utf-8", true),
    ])
    func `what a page can load as code or style is sent as bytes`(_ text: String, _ isKept: Bool) throws {
        let type = try MediaType(text)
        #expect(type.inert == (isKept ? type : .octetStream))
    }

    @Test(arguments: [
        ("image/jpeg", "image/jpeg"), ("Text/HTML;Charset=\"utf-8\"", "text/html"), (" a/b ", "a/b"),
        ("application/vnd.api+json; version=1 ; x=\"a;b\\\"c\"", "application/vnd.api+json"), ("a/b;", "a/b"),
        ("a/b;;c=d; ", "a/b"),
    ]) func `a media type keeps its parameters and is known by its essence`(_ text: String, _ essence: String) throws {
        let type = try MediaType(text)
        #expect(type.essence == essence)
        #expect(text.contains(type.text))
    }

    @Test(arguments: [
        "", "image", "image/", "/jpeg", "image/jpeg/x", "a/b c", "a/b; c", "a/b; c=", "a/b; =d", "a/b; c=\"d",
        "a/b\r\nSet-Cookie: c", "a/b;c=\"\r\n\"", "a/b;c=\"\u{0}\"", "é/b", "a/b;c=\"é\"", "a/b,c/d", "a/b;c=\"\\",
    ]) func `an invalid type is refused, and a stored one becomes application octet-stream`(_ text: String) {
        expectInvalid("type") { _ = try MediaType(text) }
        #expect(MediaType(stored: text) == .octetStream)
    }
}
