import HTTPWire
import Testing

@Suite struct ContentDispositionTests {
    private func format(_ name: String, _ type: String = "application/pdf") -> String {
        ContentDisposition.format(name: name, type: MediaType(stored: type))
    }

    @Test func `a plain name is quoted, without an extended form`() {
        #expect(format("report.pdf") == "attachment; filename=\"report.pdf\"")
        #expect(format("my report (1); final.pdf") == "attachment; filename=\"my report (1); final.pdf\"")
    }

    @Test func `a name beyond ASCII has a fallback and the extended form of RFC 8187`() {
        #expect(format("€ rates") == "attachment; filename=\"_ rates\"; filename*=UTF-8''%E2%82%AC%20rates")
        #expect(format("naïve.txt") == "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt")
        #expect(format("50%25.txt") == "attachment; filename=\"50_25.txt\"; filename*=UTF-8''50%2525.txt")
        #expect(format("a\"b'*.txt") == "attachment; filename=\"a_b'*.txt\"; filename*=UTF-8''a%22b%27%2A.txt")
    }

    @Test func `no name breaks the line, leaves its folder or reverses its direction`() {
        #expect(format("a\r\nSet-Cookie: b=1") == "attachment; filename=\"a__Set-Cookie: b=1\"")
        #expect(format("a\u{85}\u{0}\u{7f}b") == "attachment; filename=\"a___b\"")
        #expect(format("../../etc/passwd") == "attachment; filename=\".._.._etc_passwd\"")
        #expect(format("..\\boot.ini") == "attachment; filename=\".._boot.ini\"")
        #expect(format("..") == "attachment; filename=\"__\"")
        #expect(format("photo\u{202e}gpj.exe") == "attachment; filename=\"photo_gpj.exe\"")
        #expect(format("") == "attachment")
    }

    @Test(arguments: [
        "image/jpeg", "IMAGE/PNG", "image/webp", "video/mp4", "audio/mpeg", "text/plain", "text/plain; charset=utf-8",
    ]) func `types without scripts may be displayed inline`(_ type: String) {
        #expect(format("a", type) == "inline; filename=\"a\"")
    }

    @Test(arguments: [
        "image/svg+xml", "text/html", "text/xml", "application/xhtml+xml", "application/pdf", "text/javascript",
        "application/octet-stream", "text/plain, text/html", "image/png\r\n", "nonsense", "",
    ]) func `everything else is downloaded`(_ type: String) {
        #expect(format("a", type) == "attachment; filename=\"a\"")
    }
}
