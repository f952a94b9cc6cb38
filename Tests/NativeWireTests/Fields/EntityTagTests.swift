import HTTPWire
import Testing
import UploadCore

@Suite struct EntityTagTests {
    @Test func `a blob's tag is strong and names its digest`() {
        let digest = Digest(of: [1])
        #expect(EntityTag(.whole(digest)).text == "\"sha256-\(digest.hex)\"")
        #expect(EntityTag(.composite(digest, parts: 3)).text == "\"sha256-\(digest.hex)-3\"")
        #expect(!EntityTag(.whole(digest)).isWeak)
    }

    @Test func `tags are read as RFC 9110 writes them`() {
        #expect(EntityTag(parsing: "\"xyzzy\"") == EntityTag(opaque: "xyzzy"))
        #expect(EntityTag(parsing: "W/\"xyzzy\"") == EntityTag(opaque: "xyzzy", isWeak: true))
        #expect(EntityTag(parsing: "\"\"") == EntityTag(opaque: ""))
        #expect(EntityTag(parsing: " \"a,b\\\" ") == EntityTag(opaque: "a,b\\"))
    }

    @Test(arguments: [
        "", "xyzzy", "\"a", "a\"", "w/\"a\"", "W/ \"a\"", "\"a b\"", "\"a\"b", "\"a\u{7f}\"", "\"a\"\"b\"",
    ])
    func `a malformed tag is refused`(_ text: String) {
        #expect(EntityTag(parsing: text) == nil)
    }

    @Test func `comparison is that of the table in RFC 9110, section 8-8-3-2`() {
        let strong = EntityTag(opaque: "1")
        let weak = EntityTag(opaque: "1", isWeak: true)
        let other = EntityTag(opaque: "2", isWeak: true)
        #expect(!weak.matchesStrongly(weak) && weak.matchesWeakly(weak))
        #expect(!weak.matchesStrongly(other) && !weak.matchesWeakly(other))
        #expect(!weak.matchesStrongly(strong) && weak.matchesWeakly(strong))
        #expect(strong.matchesStrongly(strong) && strong.matchesWeakly(strong))
    }
}
