import DurableFiles
import Glibc
import Synchronization
import Testing
import UploadTestKit

@testable import WharfCommand

@Suite struct FileWatchTests {
    private struct Finished: Error {}

    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private func write(_ text: String, to name: String) throws {
        try TestFiles.write(text.utf8, to: directory.path + "/" + name)
    }

    /// The looks, counted from 1, after which the files were reloaded.
    ///
    /// - Parameter looks: Performed one before each look.
    private func reloads(_ names: [String], _ looks: [@Sendable () throws -> Void]) async throws -> [Int] {
        let paths = names.map { directory.path + "/" + $0 }
        let state = Mutex((looks: 0, reloads: [Int]()))
        let watch = FileWatch(
            paths: paths, loaded: FileVersion.all(of: paths),
            pause: {
                let number = state.withLock { state in
                    state.looks += 1
                    return state.looks
                }
                guard number <= looks.count else { throw Finished() }
                try looks[number - 1]()
            },
            reload: { state.withLock { $0.reloads.append($0.looks) } })
        try await watch.run()
        return state.withLock { $0.reloads }
    }

    @Test func `unchanged files are never loaded again, and there may be none`() async throws {
        try write("a", to: "a")
        #expect(try await reloads(["a", "missing"], [{}, {}, {}]) == [])
    }

    @Test func `a changed file is loaded once, when two looks in a row have found the same`() async throws {
        try write("a", to: "a")
        #expect(
            try await reloads(
                ["a"],
                [{}, { try self.write("ab", to: "a") }, { try self.write("abc", to: "a") }, {}, {}, {}]) == [4])
    }

    @Test func `a file replaced by one of the same size is loaded again`() async throws {
        try write("anna", to: "a")
        try write("bern", to: "b")
        let (new, old) = (directory.path + "/b", directory.path + "/a")
        let reloads = try await reloads(["a"], [{ #expect(rename(new, old) == 0) }, {}, {}])
        #expect(reloads == [2])
    }

    @Test func `a removed file and a new one are changes, and so is the target of a link`() async throws {
        try write("a", to: "a")
        let (file, link) = (directory.path + "/a", directory.path + "/link")
        try #require(symlink("a", link) == 0)
        let changes = try await reloads(
            ["link"], [{ #expect(unlink(file) == 0) }, {}, { try self.write("b", to: "a") }, {}, {}])
        #expect(changes == [2, 4])
    }

    @Test func `a change that is taken back before it settles is none`() {
        var changes = FileChanges(1)
        #expect(
            [2, 1, 1, 3, 3, 3, 4, 5, 5].map { changes.settled($0) } == [
                false, false, false, false, true, false, false, false, true,
            ])
    }
}
