import Testing

@testable import WharfCommand

@Suite struct NamePatternTests {
    @Test(arguments: [
        ("kiss", "The KISS.jpg", true), ("kiss", "hug.jpg", false), ("*.jpg", "a.jpg", true),
        ("*.jpg", "holiday/a.jpg", true), ("*.jpg", "a.jpeg", false), ("a?.png", "ab.png", true),
        ("holiday/*.jpg", "holiday/a.jpg", true), ("holiday/*.jpg", "holiday/sub/a.jpg", false),
        ("holiday/*.jpg", "a.jpg", false), ("[ab].txt", "b.txt", true), ("[ab].txt", "c.txt", false),
        ("Kiss*", "kiss.jpg", false), ("holiday/", "holiday/a.jpg", true),
    ]) func `a pattern stands for names`(_ pattern: String, _ name: String, _ matches: Bool) {
        #expect(NamePattern(text: pattern).matches(name) == matches)
    }

    @Test func `the server is asked for what the pattern begins with`() {
        #expect(NamePattern(text: "holiday/2026-*.jpg").literalPrefix == "holiday/2026-")
        #expect(NamePattern(text: "*/a.jpg").literalPrefix == nil)
        // The last component matches, wherever it is.
        #expect(NamePattern(text: "IMG_*").literalPrefix == nil)
        #expect(NamePattern(text: "plain/name").literalPrefix == nil)
    }
}
