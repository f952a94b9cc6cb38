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
    }

    @Test func `no name leaves the directory, or is one that a system cannot have`() {
        #expect(names("../../etc/passwd") == ["etc/passwd"])
        #expect(names("/a//b/./c/") == ["a/b/c"])
        #expect(names("C:\\windows\\x.dll") == ["C_/windows/x.dll"])
        #expect(names("a\u{0}b\n.jpg", "\u{202E}gpj.exe", "what? \"x\"") == ["a_b_.jpg", "_gpj.exe", "what_ _x_"])
        #expect(names("name. . ", "nul", "COM1.txt", "console") == ["name", "_nul", "_COM1.txt", "console"])
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
