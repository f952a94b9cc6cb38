import Testing

@testable import WharfCommand

@Suite struct GlobTests {
    private static let matching: [(String, [String], [String])] = [
        ("*.jpg", ["a.jpg", "b/c/a.jpg", ".jpg"], ["a.jpg.txt", "ajpg", "a.JPG"]),
        ("/*.jpg", ["a.jpg"], ["b/a.jpg"]),
        ("dir/*", ["dir/a", "x/dir/a"], ["dir/a/b", "mydir/a", "dir"]),
        ("dir/**", ["dir/a", "dir/a/b", "x/dir/a"], ["dir", "mydir/a"]),
        ("dir/", ["dir/a/b"], ["dir", "adir/b"]),
        ("/dir/", ["dir/a"], ["x/dir/a"]),
        ("a?c", ["abc", "x/aüc"], ["ac", "a/c", "abbc"]),
        ("[a-c]x", ["ax", "cx"], ["dx", "-x"]),
        ("[^a-c]x", ["dx"], ["ax", "bx", "a/x"]),
        ("[]a]x", ["]x", "ax"], ["bx"]),
        ("[a-]x", ["ax", "-x"], ["bx"]),
        ("*.{jpg,p{n,pp}g}", ["a.jpg", "a.png", "a.pppg"], ["a.pg", "a.gif", "a.jpgg"]),
        ("a**z", ["az", "a/b/z", "abz"], ["a/b"]),
        ("\\*\\{a\\}", ["*{a}"], ["x{a}", "*a"]),
        ("**", ["a", "a/b"], []),
        ("x*y*z", ["xyz", "xaybz", "d/xyyz"], ["xzy", "xy/z"]),
    ]

    @Test(arguments: matching)
    func `patterns match as those of rclone do`(_ pattern: String, _ yes: [String], _ no: [String]) throws {
        let glob = try Glob(pattern)
        for name in yes { #expect(glob.matches(name), "\(name)") }
        for name in no { #expect(!glob.matches(name), "\(name)") }
    }

    @Test(arguments: ["", "a{b", "a}b", "[a", "[b-a]", "a\\", "{{a.*}}"])
    func `malformed patterns are refused`(_ pattern: String) {
        #expect(throws: Glob.Problem.self) { try Glob(pattern) }
    }

    @Test func `alternatives are limited`() throws {
        let three = "{a,b,c}"
        #expect(throws: Glob.Problem.self) { try Glob(String(repeating: three, count: 7)) }
        #expect(try Glob(String(repeating: three, count: 6)).matches("abcabc"))
    }

    @Test func `many stars take no exponential time`() throws {
        let glob = try Glob(String(repeating: "*a", count: 30) + "b")
        #expect(!glob.matches(String(repeating: "a", count: 500)))
    }

    @Test func `a directory of which everything matches need not be read`() throws {
        for pattern in ["cache/", "cache/**", "/x/cache/**", "**"] {
            #expect(try Glob(pattern).matchesAll(below: "x/cache"), "\(pattern)")
        }
        for pattern in ["cache/*", "/cache/**", "*.jpg", "cache", "**/a"] {
            #expect(try !Glob(pattern).matchesAll(below: "x/cache"), "\(pattern)")
        }
    }

    @Test func `what is excluded is never sent, and with includes only what matches one`() throws {
        let filter = PathFilter(included: [try Glob("*.jpg"), try Glob("*.png")], excluded: [try Glob("private/")])
        #expect(filter.admits("a.jpg") && filter.admits("d/a.png"))
        #expect(!filter.admits("a.txt") && !filter.admits("private/a.jpg"))
        #expect(PathFilter().admits("anything"))
    }
}
