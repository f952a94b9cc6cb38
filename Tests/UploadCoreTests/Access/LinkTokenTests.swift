import SessionCore
import Testing
import UploadCore

@Suite struct LinkTokenTests {
    private let secret = LinkSecret(bytes: Array(0..<32))
    private let link = LinkId(SessionId(high: 1, low: 2))
    private let capsule = CapsuleId(SessionId(high: 3, low: 4))

    @Test func `it survives its text form, and its signature is the same ever after`() throws {
        let token = LinkToken(of: link, in: capsule, secret: try #require(secret))
        let parsed = try #require(LinkToken(text: token.text))
        #expect(parsed == token)
        #expect(parsed.isSigned(with: try #require(secret)))
        // Computed by another implementation of RFC 2104 and RFC 5869.
        #expect(
            token.text == "link_" + "00000000000000030000000000000004" + "00000000000000010000000000000002"
                + "747b43614a3e370038afad2348ffeb3efbf8a9e900d5ad3bccaf5c891182c0b5")
    }

    @Test func `no other digit of it is accepted`() throws {
        let secret = try #require(secret)
        let text = LinkToken(of: link, in: capsule, secret: secret).text
        for index in text.indices where index >= text.index(text.startIndex, offsetBy: 5) {
            var changed = text
            changed.replaceSubrange(index...index, with: text[index] == "0" ? "1" : "0")
            #expect(LinkToken(text: changed)?.isSigned(with: secret) == false)
        }
    }

    @Test func `another store's secret and another capsule's key sign differently`() throws {
        let secret = try #require(secret)
        let other = LinkSecret.random()
        #expect(other != LinkSecret.random())
        #expect(!LinkToken(of: link, in: capsule, secret: other).isSigned(with: secret))
        let elsewhere = LinkToken(of: link, in: CapsuleId(link.value), secret: secret)
        #expect(elsewhere.text.suffix(64) != LinkToken(of: link, in: capsule, secret: secret).text.suffix(64))
    }

    @Test(arguments: [
        "", "link_", "wharf_0", "link_" + String(repeating: "0", count: 127),
        "link_" + String(repeating: "0", count: 129),
        "link_" + String(repeating: "g", count: 128), "LINK_" + String(repeating: "0", count: 128),
        "link_" + String(repeating: "é", count: 64),
    ])
    func `anything else is no token`(_ text: String) {
        #expect(LinkToken(text: text) == nil)
    }

    @Test func `a secret has 32 bytes`() {
        #expect(LinkSecret(bytes: Array(repeating: 0, count: 31)) == nil)
        #expect(LinkSecret(bytes: []) == nil)
    }

    @Test func `the bearers' name leads back to the link`() {
        #expect(Principal(link).link == link)
        #expect(Principal("link:").link == nil)
        #expect(Principal("anna").link == nil)
    }
}

@Suite struct MediaRangeTests {
    @Test(arguments: [
        ("image/*", "image/jpeg", true), ("image/*", "IMAGE/HEIC; x=1", true), ("image/*", "images/jpeg", false),
        ("image/*", "text/plain", false), ("Image/JPEG", "image/jpeg ;q=1", true), ("image/jpeg", "image/jpegx", false),
        ("image/*", "", false), ("image/*", "image", false),
    ])
    func `it contains the types that it names`(_ range: String, _ type: String, _ isContained: Bool) throws {
        #expect(try #require(MediaRange(range)).contains(type) == isContained)
    }

    @Test(arguments: [
        "", "image", "*/*", "*/jpeg", "image/", "/jpeg", "image/jp g", "image/jpeg;q=1", "a/b/c", "ïmage/x",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(MediaRange(text) == nil)
    }
}
