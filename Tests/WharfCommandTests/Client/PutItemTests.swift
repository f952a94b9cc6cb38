import DurableFiles
import Glibc
import Testing
import UploadClient
import UploadTestKit

@testable import WharfCommand

@Suite struct PutItemTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        let files = POSIXFileSystem(root: directory.path)
        try files.makeDirectory("d")
        try files.makeDirectory("d/e")
        for name in ["one", "d/b", "d/a", "d/e/c"] { files.close(try files.open(name, .readWriteCreating)) }
        try #require(symlink("/etc", directory.path + "/d/link") == 0)
        try #require(mkfifo(directory.path + "/d/pipe", 0o600) == 0)
    }

    @Test func `a directory expands to all files below it, with relative names`() throws {
        let items = try PutItem.items([directory.path + "/d/"])
        #expect(items.map(\.name) == ["a", "b", "e/c"])
        #expect(items.map(\.source).last == .file(path: directory.path + "/d/e/c"))
    }

    @Test func `a file has its own name, standard input is a stream`() throws {
        let items = try PutItem.items([directory.path + "/one", "-"])
        #expect(items.map(\.name) == ["one", "stdin"])
        #expect(items.last?.source == .stream(descriptor: STDIN_FILENO, name: "stdin"))
    }

    @Test func `missing files are refused before anything is sent`() {
        #expect(throws: ClientError.self) { try PutItem.items([directory.path + "/one", directory.path + "/none"]) }
    }

    @Test func `the hint after Ctrl-C explains how to resume`() throws {
        let file = PutItem(source: .file(path: "/x"), name: "x", label: "x")
        let progress = TransferProgress(upload: "u7", doneBytes: 1024, totalBytes: 4096)
        let hint = PutCommand.hint(file, progress, isResumable: true)
        #expect(hint.contains("1.0 KiB of 4.0 KiB") && hint.contains("same command") && hint.contains("wharf abort u7"))
        let stream = PutItem(source: .stream(descriptor: 0, name: "stdin"), name: "stdin", label: "-")
        #expect(PutCommand.hint(stream, progress, isResumable: true).contains("cannot be resumed"))
    }
}
