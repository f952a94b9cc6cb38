import NativeWire
import SessionCore
import Testing

@testable import WharfCommand

@Suite struct GetPlanTests {
    private func item(_ name: String, _ id: String = "id") -> GetItem {
        GetItem(
            BlobDocument(
                blob: id, capsule: "c", size: 1, sha256: nil, name: name, type: "t", chunkSize: nil, chunkCount: nil,
                createdAt: WireTime(Timestamp(milliseconds: 0))))
    }

    private func paths(_ items: GetItem..., keepsDirectories: Bool = true) -> [String] {
        GetPlan.paths(of: items, keepsDirectories: keepsDirectories)
    }

    @Test func `names become paths below the directory, or files in it`() {
        let items = [item("a/b.jpg"), item("c.jpg")]
        #expect(GetPlan.paths(of: items, keepsDirectories: true) == ["a/b.jpg", "c.jpg"])
        #expect(GetPlan.paths(of: items, keepsDirectories: false) == ["b.jpg", "c.jpg"])
        #expect(paths(item("../../etc/passwd"), item("/"), item("")) == ["_/_/etc/passwd", "id", "id-id"])
    }

    @Test func `every item has a path of its own, and the first of a name has the name`() {
        #expect(
            paths(item("a.jpg", "1"), item("a.jpg", "2"), item("a.jpg", "3")) == ["a.jpg", "a-2.jpg", "a-3.jpg"])
        #expect(
            paths(item("x/a.jpg", "1"), item("y/a.jpg", "2"), keepsDirectories: false) == ["a.jpg", "a-2.jpg"])
        // Different names that are the same once they are safe.
        #expect(paths(item("a\u{1}", "1"), item("a\u{2}", "2")) == ["a_", "a_-2"])
    }

    @Test func `names that were chosen to collide have paths of their own, too`() {
        #expect(
            paths(item("a-2.jpg", "1"), item("a.jpg", "3"), item("a.jpg", "2"))
                == ["a-2.jpg", "a.jpg", "a-2-2.jpg"])
        let long = String(repeating: "x", count: 249) + "-files"
        #expect(Set(paths(item(long, "1"), item("\(long)/b", "2"), item("\(long)/b", "3"))).count == 3)
    }

    @Test func `a name can be that of a file and of a directory`() {
        #expect(paths(item("a", "1"), item("a/b", "2"), item("a/c", "3")) == ["a", "a-files/b", "a-files/c"])
        #expect(paths(item("a/b", "1"), item("a", "2")) == ["a/b", "a-2"])
    }

    @Test func `the target is a file, a directory, or standard output`() {
        func target(_ output: String?, isSeveral: Bool = false) -> GetTarget {
            GetTarget.choose(output, isSeveral: isSeveral) { $0 == "dir" }
        }
        #expect(target(nil) == .directory(path: "."))
        #expect(target("-") == .standardOutput)
        #expect(target("copy.mov") == .file(path: "copy.mov"))
        #expect(target("copy.mov", isSeveral: true) == .directory(path: "copy.mov"))
        #expect(target("dir") == .directory(path: "dir"))
        #expect(target("new/") == .directory(path: "new"))
        #expect(target("a/new//") == .directory(path: "a/new"))
        #expect(target("/", isSeveral: true) == .directory(path: ""))
    }
}
