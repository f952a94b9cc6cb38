import Testing

@testable import UploadClient

@Suite struct LocalNameTests {
    @Test(arguments: [
        ("a/b.jpg", ["a", "b.jpg"]), ("/etc/passwd", ["etc", "passwd"]), ("../../x", ["_", "_", "x"]),
        ("a//./b/", ["a", "b"]), ("..", ["_"]), ("", []), ("/", []), (".", []), (".hidden", [".hidden"]),
        ("a\u{0}b\nc\u{1B}[2J\u{7F}\u{9B}d", ["a_b_c_[2J__d"]), ("evil\u{202E}gpj.exe", ["evil_gpj.exe"]),
        ("family👨\u{200D}👩\u{200D}👧.jpg", ["family👨\u{200D}👩\u{200D}👧.jpg"]),
        ("می\u{200C}خواهم.txt", ["می\u{200C}خواهم.txt"]),
        ("back\\slash", ["back\\slash"]),
    ]) func `a name becomes safe components of a path`(_ name: String, _ components: [String]) {
        #expect(LocalName.components(of: name) == components)
    }

    @Test func `a name that is too long keeps its extension and whole characters`() {
        let name = String(repeating: "ä", count: 200) + ".jpeg"
        let short = LocalName.components(of: name)[0]
        #expect(short == String(repeating: "ä", count: 125) + ".jpeg")
        #expect(short.utf8.count == 255)
        // The limit itself fits.
        let whole = String(repeating: "x", count: 251) + ".jpg"
        #expect(LocalName.components(of: whole) == [whole])
        #expect(LocalName.components(of: "x" + whole) == [whole])
        // What is no extension is not kept, and a character that is longer than a name is cut.
        let sentence = String(repeating: "x", count: 250) + ". And more that is no extension"
        #expect(LocalName.components(of: sentence)[0] == String(sentence.prefix(255)))
        let stacked = "a" + String(repeating: "\u{301}", count: 300)
        #expect(LocalName.components(of: stacked)[0].utf8.count == 255)
    }

    @Test func `the name of an incomplete file fits, too`() {
        #expect(LocalName.partialPath(of: "dir/film.mov") == "dir/film.mov.part")
        let (one, two) = (String(repeating: "x", count: 250), String(repeating: "x", count: 251))
        #expect(LocalName.partial(of: one) == one + ".part")
        let long = LocalName.partial(of: two)
        #expect(long.utf8.count == 255 && long.hasSuffix(".part"))
        #expect(LocalName.partial(of: String(repeating: "x", count: 252)) != long)
        #expect(LocalName.partialPath(of: "/dir/" + two) == "/dir/" + long)
    }

    @Test func `a mark goes before the extension, and the name fits`() {
        #expect(LocalName.marked("kiss.jpg", with: "-2") == "kiss-2.jpg")
        #expect(LocalName.marked("README", with: "-2") == "README-2")
        #expect(LocalName.marked(".hidden", with: "-2") == ".hidden-2")
        let long = LocalName.marked(String(repeating: "x", count: 251) + ".jpg", with: "-0123")
        #expect(long.utf8.count == 255 && long.hasSuffix("-0123.jpg"))
    }
}
