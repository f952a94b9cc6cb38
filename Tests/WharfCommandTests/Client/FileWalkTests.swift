import DurableFiles
import Glibc
import Testing
import UploadClient
import UploadTestKit

@testable import WharfCommand

@Suite struct FileWalkTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let files = POSIXFileSystem(root: directory.path)
        try files.makeDirectory("d")
        try files.makeDirectory("d/e")
        for name in ["one", "d/b", "d/a", "d/e/c"] { files.close(try files.open(name, .readWriteCreating)) }
        try #require(symlink("e", directory.path + "/d/link") == 0)
        try #require(mkfifo(directory.path + "/d/pipe", 0o600) == 0)
    }

    private func path(_ name: String) -> LocalPath { LocalPath(directory.path + "/" + name) }

    @Test func `a directory expands to all files below it, with relative names`() throws {
        let walk = FileWalk([path("d/")])
        #expect(walk.items.map(\.name) == ["a", "b", "e/c"])
        #expect(walk.items.last?.source == .file(path("d/e/c")))
        #expect(walk.items.last?.journalPath == path("d/e/c").key)
        #expect(walk.failures.isEmpty)
    }

    @Test func `a file has its own name, standard input is a stream`() {
        let items = FileWalk([path("one"), "-"]).items
        #expect(items.map(\.name) == ["one", "stdin"])
        #expect(items.last?.source == .stream(descriptor: STDIN_FILENO, name: "stdin") && items.last?.file == nil)
    }

    @Test func `links and special files are passed over by name`() {
        let passed = FileWalk([path("d")]).passedOver
        #expect(passed.map(\.reason) == [.symbolicLink, .fifo])
        #expect(passed.map(\.label) == [path("d/link").text, path("d/pipe").text])
    }

    @Test func `links are followed on request, but not in circles`() throws {
        try #require(symlink("..", directory.path + "/d/e/up") == 0)
        let walk = FileWalk([path("d")], followsLinks: true)
        #expect(walk.items.map(\.name) == ["a", "b", "e/c", "link/c"])
        #expect(
            walk.passedOver.filter { $0.reason == .loop }.map(\.label).sorted() == [
                path("d/e/up").text, path("d/link/up").text,
            ])
    }

    @Test func `what cannot be read does not stop the rest`() throws {
        try #require(symlink("nowhere", directory.path + "/d/dangling") == 0)
        let walk = FileWalk([path("none"), path("d"), path("d/pipe"), path("one")], followsLinks: true)
        #expect(walk.items.map(\.name) == ["a", "b", "e/c", "link/c", "one"])
        #expect(walk.failures.map(\.label) == [path("none").text, path("d/dangling").text, path("d/pipe").text])
        #expect(walk.failures.allSatisfy { $0.error.code == .localFile })
    }

    @Test(.enabled(if: geteuid() != 0, "root reads all directories"))
    func `a directory that cannot be read does not stop the rest`() throws {
        try #require(chmod(directory.path + "/d/e", 0) == 0)
        defer { chmod(directory.path + "/d/e", 0o700) }
        let walk = FileWalk([path("d")])
        #expect(walk.items.map(\.name) == ["a", "b"] && walk.failures.map(\.label) == [path("d/e").text])
    }

    @Test func `filters apply to names below the directory, and excluded directories are not read`() throws {
        let filter = PathFilter(excluded: [try Glob("/e/"), try Glob("a")])
        let walk = FileWalk([path("d")], filter: filter)
        #expect(walk.items.map(\.name) == ["b"])
        #expect(walk.passedOver.filter { $0.reason == .filtered }.map(\.label) == [path("d/a").text, path("d/e").text])
    }

    @Test func `names that are not UTF-8 keep their bytes`() throws {
        let name = LocalPath(bytes: Array("caf".utf8) + [0xE9])
        let descriptor = path("d").appending(name).withCString { open($0, O_WRONLY | O_CREAT, 0o600) }
        try #require(descriptor >= 0)
        close(descriptor)
        let item = try #require(FileWalk([path("d")]).items.first { $0.name == "caf\u{FFFD}" })
        #expect(item.source == .file(path("d").appending(name)))
        let argument = path("d").appending(name)
        let arguments = LocalPath.arguments(
            [argument.text, "b", argument.text], raw: [Array("b".utf8), argument.bytes, Array("b".utf8), [0xE8]])
        #expect(arguments == [argument, "b", LocalPath(argument.text)])
    }
}

@Suite struct PutSessionTextTests {
    private let item = PutItem(source: .file(path: "/x"), name: "x", label: "x", size: 4096)

    @Test func `the hint after Ctrl-C explains how to resume`() throws {
        let tally = PutTally(of: [item])
        #expect(PutSession.hint([item], tally, isResumable: true).contains("No byte"))
        tally.set(TransferProgress(upload: "u7", doneBytes: 1024, totalBytes: 4096), of: 0)
        let hint = PutSession.hint([item], tally, isResumable: true)
        #expect(hint.contains("1.0 KiB of 4.0 KiB") && hint.contains("same command") && hint.contains("wharf abort u7"))
        let stream = PutItem(source: .stream(descriptor: 0, name: "stdin"), name: "stdin", label: "-")
        #expect(PutSession.hint([stream], tally, isResumable: true).contains("cannot be resumed"))
    }

    @Test func `the hint for many files counts them`() {
        let items = [item, item, item]
        let tally = PutTally(of: items)
        tally.ended(0, bytes: 4096, \.sent)
        tally.ended(1, bytes: 4096, \.known)
        #expect(PutSession.hint(items, tally, isResumable: true).hasPrefix("The server has 2 of 3 files. Run the same"))
    }

    @Test func `the tally counts files and bytes, and skipped bytes as those of an earlier run`() {
        let tally = PutTally(of: [item, item, item])
        tally.ended(0, bytes: 4096, \.known)
        tally.set(TransferProgress(doneBytes: 1000, inFlightBytes: 24, totalBytes: 4096, resumedBytes: 500), of: 1)
        #expect(
            tally.sum
                == TransferProgress(doneBytes: 5096, inFlightBytes: 24, totalBytes: 12_288, resumedBytes: 4596))
        tally.ended(1, bytes: 4096, \.sent)
        tally.ended(2, bytes: 4096, \.failed)
        #expect(tally.title == "3 of 3 files" && tally.shortTitle == "3/3")
        #expect(tally.counts == PutCounts(sent: 1, sentBytes: 4096, known: 1, failed: 1))
        tally.failed(.localFile)
        tally.failed(.refused)
        #expect(tally.firstFailure == .localFile)
    }

    @Test func `the summary names what was passed over`() {
        let counts = PutCounts(sent: 2, sentBytes: 2048, known: 3, failed: 1)
        let passed =
            (1...7).map { FileWalk.PassedOver(label: "l\($0)", reason: .symbolicLink) } + [
                FileWalk.PassedOver(label: "a\u{1B}\nb", reason: .fifo),
                FileWalk.PassedOver(label: "x", reason: .filtered),
            ]
        #expect(
            PutSummary(counts: counts, passedOver: passed).lines == [
                "2 files sent (2.0 KiB), 3 skipped, which the server has, 1 failed.",
                "Passed over 7 symbolic links: l1, l2, l3, l4, l5, and 2 more (-v names all).",
                "Passed over 1 FIFO: a\u{FFFD}\u{FFFD}b.", "Passed over 1 excluded file.",
            ])
        let all = PutSummary(counts: counts, passedOver: passed, namesAll: true).lines
        #expect(all[1].hasSuffix("\n  l6\n  l7") && all[3] == "Passed over 1 excluded file:\n  x")
    }
}
