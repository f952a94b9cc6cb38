import NativeWire
import Testing

struct ArchiveNamesTests {
    private func names(_ names: String...) -> [String] {
        var archive = ArchiveNames()
        return names.map { archive.add($0) }
    }

    @Test func `files of one name get numbers before their ending, without regard to case`() {
        #expect(names("a.jpg", "A.JPG", "a.jpg", "b/a.jpg") == ["a.jpg", "A (2).JPG", "a (3).jpg", "b/a.jpg"])
        #expect(names("a (2).jpg", "a.jpg", "a.jpg") == ["a (2).jpg", "a.jpg", "a (3).jpg"])
        #expect(names(".profile", ".profile", "x.d/y", "x.d/y") == [".profile", ".profile (2)", "x.d/y", "x.d/y (2)"])
        #expect(names("", "", "/") == ["unnamed", "unnamed (2)", "unnamed (3)"])
        #expect(
            names("Straße.jpg", "STRASSE.jpg", "ﬁ.jpg", "fi.jpg") == [
                "Straße.jpg", "STRASSE (2).jpg", "ﬁ.jpg", "fi (2).jpg",
            ])
    }

    @Test func `a file and a directory have different names`() {
        #expect(
            names("dir", "dir/file", "DIR/file", "dir/other") == [
                "dir", "dir (2)/file", "dir (2)/file (2)", "dir (2)/other",
            ])
        #expect(names("a/b/c", "a/b", "a") == ["a/b/c", "a/b (2)", "a (2)"])
        #expect(names("a/b", "a/b/c", "a/B/d") == ["a/b", "a/b (2)/c", "a/b (2)/d"])
    }

    // The limit ends a search for a free number that begins at 2 each time.
    @Test(.timeLimit(.minutes(2))) func `thousands of files may have one name`() {
        var archive = ArchiveNames()
        var found: Set<String> = []
        for number in 1...50_000 {
            found.insert(archive.add("image.jpg"))
            found.insert(archive.add("image.jpg/\(number)"))
        }
        #expect(found.count == 100_000 && found.contains("image (50001).jpg"))
    }

    @Test func `no name leaves the directory, or is one that a system cannot have`() {
        #expect(names("../../etc/passwd") == ["etc/passwd"])
        #expect(names("/a//b/./c/") == ["a/b/c"])
        #expect(names("C:\\windows\\x.dll") == ["C_/windows/x.dll"])
        #expect(names("a\u{0}b\n.jpg", "\u{202E}gpj.exe", "what? \"x\"") == ["a_b_.jpg", "_gpj.exe", "what_ _x_"])
        #expect(names("name. . ", "nul", "COM1.txt", "console") == ["name", "_nul", "_COM1.txt", "console"])
        #expect(names("LPT¹", "com1 .txt", "CONIN$") == ["_LPT¹", "_com1 .txt", "_CONIN$"])
        #expect(names("\u{200B}", "\u{FEFF}") == ["_", "_ (2)"])
        #expect(names("a ä 🌊.jpg") == ["a ä 🌊.jpg"])
    }

    @Test func `long names are shortened at whole characters and keep their ending`() throws {
        let long = String(repeating: "ä", count: 200) + ".jpeg"
        let name = try #require(names(long).first)
        #expect(name.utf8.count == 239 && name.hasSuffix("ä.jpeg"))
        let deep = Array(repeating: "directory", count: 401).joined(separator: "/") + "/a.jpg"
        #expect(names(deep) == ["a.jpg"])
    }
}
