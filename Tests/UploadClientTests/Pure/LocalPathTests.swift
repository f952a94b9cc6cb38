import Testing
import UploadClient

@Suite struct LocalPathTests {
    private let latin1 = LocalPath(bytes: Array("/caf".utf8) + [0xE9])

    @Test func `text has a replacement for what is not UTF-8`() {
        #expect(latin1.text == "/caf\u{FFFD}" && LocalPath("/café").text == "/café")
    }

    @Test func `keys tell apart what texts do not`() {
        let other = LocalPath(bytes: Array("/caf".utf8) + [0xE8])
        #expect(latin1.text == other.text && latin1.key != other.key)
        #expect(LocalPath("/a/caf\u{FFFD}%").key == "%2Fa/caf%EF%BF%BD%25" && latin1.key == "%2Fcaf%E9")
        #expect(LocalPath("/a%20b c").key == "/a%20b c")
        #expect(LocalPath("/é%").distinctText == "/é%" && latin1.distinctText == latin1.key)
        // Texts that Unicode takes for the same.
        let (one, two) = ("/caf\u{E9}", "/cafe\u{301}")
        #expect(one == two && LocalPath(one).key != LocalPath(two).key)
    }

    @Test(arguments: [("/a/b", "b"), ("b", "b"), ("a/b/", "b"), ("/", "/"), ("", "")] as [(LocalPath, LocalPath)])
    func `the last component is what the path names`(_ path: LocalPath, _ name: LocalPath) {
        #expect(path.lastComponent == name)
    }

    @Test func `a path ends before a NUL`() {
        #expect(LocalPath(bytes: [65, 0, 66]).bytes == [65])
    }

    @Test func `names are appended with one slash`() {
        #expect(LocalPath("a").appending("b") == "a/b" && LocalPath("a/").appending("b") == "a/b")
        #expect(LocalPath("/").appending("b") == "/b" && LocalPath("").appending("b") == "b")
    }
}
