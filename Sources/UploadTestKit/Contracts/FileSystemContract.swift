public import DurableFiles

/// The laws of any `FileSystem` in the absence of faults.
///
/// Crashes are not covered, because a real disk cannot be crashed here; the fault model of `SimulatedFileSystem` stands
/// in for them.
public struct FileSystemContract<Files: FileSystem> {
    /// Creates a symbolic link at a path, to a target in the same directory.
    public typealias MakeLink = (_ files: Files, _ path: String, _ target: String) throws -> Void

    private let makeEmpty: () throws -> Files
    private let makeLink: MakeLink?

    /// - Parameters:
    ///   - makeEmpty: Creates an empty file system for each law.
    ///   - makeLink: Nil for a file system that cannot hold links: the law about them is not checked then.
    public init(makeEmpty: @escaping () throws -> Files, makeLink: MakeLink? = nil) {
        self.makeEmpty = makeEmpty
        self.makeLink = makeLink
    }

    /// Checks every law, even after a violation.
    public func violations() -> [ContractViolation] {
        laws.compactMap { law -> ContractViolation? in
            do {
                try law(makeEmpty())
                return nil
            } catch let violation as ContractViolation {
                return violation
            } catch {
                return ContractViolation("A call failed that has to succeed: \(error)")
            }
        }
    }

    private var laws: [(Files) throws -> Void] {
        [
            writtenBytesAreRead, writesOverlapAndExtend, readsEndWithTheFile, emptyWritesChangeNothing,
            largeWritesArriveWhole, truncationCutsAndExtends, syncsSucceed, onlyCreatingModesCreate,
            newFilesReplaceNothing, readOnlyFilesAreNotWritten, namesAreListedByDirectory, directoriesAreMadeOnce,
            missingNamesAreNotFound, removalLeavesOpenFiles, renamingReplaces, linksAreNotFollowed, locksExclude,
            closingTwiceIsHarmless, allocationExtends, filesAreFollowedByName, everythingIsSynced, hardLinksShareBytes,
            transfersCopy, directWritesAreLikeOthers,
        ]
    }
}

extension FileSystemContract {
    // MARK: Bytes

    func writtenBytesAreRead(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try requireEqual(files.size(file), 0, "the size of a new file")
        try write([1, 2, 3], to: file, at: 0, files)
        try requireEqual(files.size(file), 3, "the size after a write")
        try requireEqual(read(3, from: file, at: 0, files), [1, 2, 3], "the written bytes")
        files.close(file)
        let again = try files.open("a", .read)
        try requireEqual(read(3, from: again, at: 0, files), [1, 2, 3], "the written bytes after close and open")
        files.close(again)
    }

    func writesOverlapAndExtend(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try write([1, 1, 1, 1], to: file, at: 0, files)
        try write([2, 2, 2], to: file, at: 2, files)
        try requireEqual(read(9, from: file, at: 0, files), [1, 1, 2, 2, 2], "overlapping writes")
        try write([3], to: file, at: 2000, files)
        try requireEqual(files.size(file), 2001, "the size after a write beyond the end")
        let hole = try read(1995, from: file, at: 5, files)
        try require(hole.count == 1995 && hole.allSatisfy { $0 == 0 }, "A hole reads as zeros")
        files.close(file)
    }

    func readsEndWithTheFile(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try write([1, 2, 3], to: file, at: 0, files)
        try requireEqual(read(100, from: file, at: 1, files), [2, 3], "a read across the end")
        try requireEqual(read(100, from: file, at: 3, files), [], "a read at the end")
        try requireEqual(read(100, from: file, at: 1 << 40, files), [], "a read far beyond the end")
        try requireEqual(read(0, from: file, at: 0, files), [], "a read of nothing")
        files.close(file)
    }

    func emptyWritesChangeNothing(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try files.write(file, UnsafeRawBufferPointer(start: nil, count: 0), at: 0)
        try write([], to: file, at: 100, files)
        try requireEqual(files.size(file), 0, "the size after writes of nothing")
        files.close(file)
    }

    func largeWritesArriveWhole(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        var random = SeededRandom(seed: 1)
        let bytes = random.bytes(300_001)
        try write(bytes, to: file, at: 77, files)
        try require(read(bytes.count, from: file, at: 77, files) == bytes, "A large write is read back")
        files.close(file)
    }

    func truncationCutsAndExtends(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try write([UInt8](repeating: 7, count: 1500), to: file, at: 0, files)
        try files.truncate(file, to: 600)
        try requireEqual(files.size(file), 600, "the size after a cut")
        try files.truncate(file, to: 1400)
        try requireEqual(files.size(file), 1400, "the size after an extension")
        let bytes = try read(1400, from: file, at: 0, files)
        let expected = [UInt8](repeating: 7, count: 600) + [UInt8](repeating: 0, count: 800)
        try require(bytes == expected, "Truncated bytes do not come back")
        files.close(file)
    }

    func syncsSucceed(_ files: Files) throws {
        try files.makeDirectory("d")
        let file = try files.open("d/a", .readWriteCreating)
        try write([1], to: file, at: 0, files)
        try files.syncData(file)
        try files.syncData(file)
        try files.syncDirectory("d")
        try files.syncDirectory("")
        try requireEqual(read(1, from: file, at: 0, files), [1], "the written bytes after syncs")
        files.close(file)
    }

    // MARK: Names

    func onlyCreatingModesCreate(_ files: Files) throws {
        try requireFailure(.notFound, "opening a missing file to read") {
            try files.open("a", .read)
        }
        try requireFailure(.notFound, "opening a missing file to write") {
            try files.open("a", .readWrite)
        }
        try requireEqual(files.list(""), [], "the names after refused opens")
        let file = try files.open("a", .readWriteCreating)
        try write([5], to: file, at: 0, files)
        let again = try files.open("a", .readWriteCreating)
        try requireEqual(read(1, from: again, at: 0, files), [5], "an existing file opened in a creating mode")
        files.close(file)
        files.close(again)
    }

    func newFilesReplaceNothing(_ files: Files) throws {
        let file = try files.open("a", .creatingNew)
        try write([5], to: file, at: 0, files)
        files.close(file)
        try files.makeDirectory("d")
        for (link, target) in [("to-a", "a"), ("to-nothing", "b")] { try makeLink?(files, link, target) }
        for path in ["a", "d"] + (makeLink == nil ? [] : ["to-a", "to-nothing"]) {
            try requireFailure(.invalid, "creating a file over “\(path)”") { try files.open(path, .creatingNew) }
        }
        try requireEqual([files.size(at: "a"), files.size(at: "b")], [1, nil], "the sizes after refused creations")
    }

    func readOnlyFilesAreNotWritten(_ files: Files) throws {
        files.close(try files.open("a", .readWriteCreating))
        let file = try files.open("a", .read)
        try requireFailure(.invalid, "writing to a file opened to read") {
            try write([1], to: file, at: 0, files)
        }
        try requireFailure(.invalid, "truncating a file opened to read") {
            try files.truncate(file, to: 0)
        }
        files.close(file)
    }

    func namesAreListedByDirectory(_ files: Files) throws {
        try files.makeDirectory("d")
        try files.makeDirectory("d/e")
        for path in ["a", "d/b", "d/.c", "d/e/f"] { files.close(try files.open(path, .readWriteCreating)) }
        try requireEqual(files.list("").sorted(), ["a", "d"], "the names in the root")
        try requireEqual(files.list("d").sorted(), [".c", "b", "e"], "the names in a directory")
        try requireEqual(files.list("d/e").sorted(), ["f"], "the names in a directory's directory")
    }

    func directoriesAreMadeOnce(_ files: Files) throws {
        try files.makeDirectory("d")
        files.close(try files.open("d/a", .readWriteCreating))
        try files.makeDirectory("d")
        try requireEqual(files.list("d"), ["a"], "the names in a directory that was created again")
        files.close(try files.open("b", .readWriteCreating))
        try requireFailure(.notFound, "making a directory without a parent") {
            try files.makeDirectory("x/y")
        }
        try requireFailure(.invalid, "making a directory in place of a file") {
            try files.makeDirectory("b")
        }
    }

    func missingNamesAreNotFound(_ files: Files) throws {
        try requireFailure(.notFound, "listing a missing directory") {
            try files.list("x")
        }
        try requireFailure(.notFound, "syncing a missing directory") {
            try files.syncDirectory("x")
        }
        try requireFailure(.notFound, "creating a file in a missing directory") {
            try files.open("x/a", .readWriteCreating)
        }
        try requireFailure(.notFound, "locking in a missing directory") {
            try files.lock("x/lock")
        }
        try require(!files.remove("a"), "Removing a missing file returns false")
        try require(!files.remove("x/a"), "Removing from a missing directory returns false")
    }

    func removalLeavesOpenFiles(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try write([1, 2], to: file, at: 0, files)
        try require(files.remove("a"), "Removing a file returns true")
        try require(!files.remove("a"), "Removing a removed file returns false")
        try requireEqual(files.list(""), [], "the names after a removal")
        try requireEqual(read(2, from: file, at: 0, files), [1, 2], "an open file's bytes after its removal")
        try write([3], to: file, at: 2, files)
        let other = try files.open("a", .readWriteCreating)
        try requireEqual(files.size(other), 0, "the size of a new file under a removed name")
        try requireEqual(
            read(3, from: file, at: 0, files), [1, 2, 3], "the removed file's bytes after the new file was created")
        files.close(file)
        files.close(other)
    }

    func renamingReplaces(_ files: Files) throws {
        try files.makeDirectory("d")
        for (name, byte) in [("a", 1), ("d/b", 2)] as [(String, UInt8)] {
            let file = try files.open(name, .readWriteCreating)
            try write([byte], to: file, at: 0, files)
            files.close(file)
        }
        try files.rename("a", to: "d/b")
        try requireEqual(files.list("").sorted(), ["d"], "the names in the source directory of a move")
        try requireEqual(files.list("d"), ["b"], "the names in the target directory of a move")
        let file = try files.open("d/b", .read)
        try requireEqual(read(1, from: file, at: 0, files), [1], "the bytes under a replaced name")
        files.close(file)
        try requireFailure(.notFound, "renaming a missing file") { try files.rename("a", to: "c") }
        try files.rename("d", to: "e")
        try requireEqual(files.list(""), ["e"], "the names after a directory was renamed")
        try requireEqual(files.list("e"), ["b"], "the names below a renamed directory")
    }

    func linksAreNotFollowed(_ files: Files) throws {
        guard let makeLink else { return }
        let file = try files.open("a", .readWriteCreating)
        try write([1, 2, 3], to: file, at: 0, files)
        files.close(file)
        try files.makeDirectory("d")
        try makeLink(files, "to-a", "a")
        try makeLink(files, "to-d", "d")
        try makeLink(files, "to-nothing", "b")
        for mode in [.read, .readWrite, .readWriteCreating] as [OpenMode] {
            for path in ["to-a", "to-nothing"] {
                try requireFailure(.symbolicLink, "opening a link (\(mode))") { try files.open(path, mode) }
            }
        }
        try requireFailure(.symbolicLink, "locking a link") { try files.lock("to-a") }
        try requireFailure(.symbolicLink, "listing a link to a directory") { try files.list("to-d") }
        try requireFailure(.symbolicLink, "syncing a link to a directory") { try files.syncDirectory("to-d") }
        try requireFailure(.symbolicLink, "making a directory in place of a link") { try files.makeDirectory("to-d") }
        try requireEqual(
            files.list("").sorted(), ["a", "d", "to-a", "to-d", "to-nothing"], "the names after refused calls")
        try files.rename("to-a", to: "d/moved")
        try require(files.remove("d/moved"), "Removing a link returns true")
        try files.rename("a", to: "to-nothing")
        let renamed = try files.open("to-nothing", .read)
        try requireEqual(read(3, from: renamed, at: 0, files), [1, 2, 3], "a file that replaced a link")
        files.close(renamed)
    }

    // MARK: Locks and handles

    func locksExclude(_ files: Files) throws {
        let lock = try files.lock("lock")
        try requireFailure(.locked, "acquiring a held lock") {
            try files.lock("lock")
        }
        let other = try files.lock("other")
        files.close(lock)
        let again = try files.lock("lock")
        try requireFailure(.locked, "acquiring a lock that was acquired again") {
            try files.lock("lock")
        }
        files.close(again)
        files.close(other)
    }

    // MARK: Space and identity

    func allocationExtends(_ files: Files) throws {
        let file = try files.open("a", .readWriteCreating)
        try write([1, 2, 3], to: file, at: 0, files)
        try files.allocate(file, 2000)
        try requireEqual(files.size(file), 2000, "the size after an allocation")
        let bytes = try read(2000, from: file, at: 0, files)
        try require(
            bytes == [1, 2, 3] + [UInt8](repeating: 0, count: 1997), "An allocation keeps bytes and adds zeros")
        try files.allocate(file, 10)
        try requireEqual(files.size(file), 2000, "the size after a smaller allocation")
        try require(files.freeBytes() > 0, "An almost empty file system has free space")
        files.close(file)
    }

    func filesAreFollowedByName(_ files: Files) throws {
        try files.makeDirectory("d")
        let file = try files.open("d/a", .readWriteCreating)
        try require(files.isAt("d/a", file), "A path leads to the file that was opened at it")
        try require(!files.isAt("d/b", file), "A path without a file leads to no file")
        try require(!files.isAt("e/a", file), "A path without a directory leads to no file")
        try files.rename("d", to: "e")
        try require(!files.isAt("d/a", file), "The old path of a moved directory leads to no file")
        try require(files.isAt("e/a", file), "The new path of a moved directory leads to its file")
        let other = try files.open("b", .readWriteCreating)
        try files.rename("b", to: "e/a")
        try require(!files.isAt("e/a", file), "A path leads to the file that replaced another one")
        try require(files.isAt("e/a", other), "A path leads to the file that was renamed to it")
        try requireEqual(files.remove("e/a"), true, "the removal")
        try require(!files.isAt("e/a", other), "The path of a removed file leads to no file")
        files.close(file)
        files.close(other)
    }

    func everythingIsSynced(_ files: Files) throws {
        try files.makeDirectory("d")
        let file = try files.open("d/a", .readWriteCreating)
        try write([1], to: file, at: 0, files)
        try files.syncFileSystems(holding: ["", "d"])
        try requireEqual(read(1, from: file, at: 0, files), [1], "the written bytes after a sync of everything")
        try requireFailure(.notFound, "a sync of a missing directory") { try files.syncFileSystems(holding: ["none"]) }
        files.close(file)
    }

    func hardLinksShareBytes(_ files: Files) throws {
        try files.makeDirectory("d")
        let file = try files.open("a", .readWriteCreating)
        try write([1, 2], to: file, at: 0, files)
        // A file system may have no links.
        guard try files.link("a", of: files, to: "d/b") else { return files.close(file) }
        try write([3], to: file, at: 2, files)
        try require(files.isAt("d/b", file), "A hard link leads to its file")
        try requireFailure(.invalid, "a link to a name that exists") { try files.link("a", of: files, to: "d/b") }
        try requireFailure(.notFound, "a link of a missing file") { try files.link("none", of: files, to: "c") }
        try files.rename("a", to: "d/b")
        try requireEqual(files.list("").sorted(), ["a", "d"], "the names after renaming a file to its other name")
        try requireEqual(files.remove("a"), true, "the removal of one of two names")
        let other = try files.open("d/b", .read)
        try requireEqual(read(9, from: other, at: 0, files), [1, 2, 3], "the bytes at the other name")
        for file in [file, other] { files.close(file) }
    }

    func transfersCopy(_ files: Files) throws {
        let source = try files.open("a", .readWriteCreating)
        let target = try files.open("b", .readWriteCreating)
        try write([1, 2, 3, 4, 5, 6], to: source, at: 0, files)
        let count = files.transfer(2..<9, of: source, to: target)
        try require(count <= 4, "No more is transferred than there is")
        try requireEqual(files.size(target), count == 0 ? 0 : 2 + count, "the size after a transfer")
        try requireEqual(
            read(9, from: target, at: 2, files), Array([3, 4, 5, 6].prefix(Int(count))), "the transferred bytes")
        for file in [source, target] { files.close(file) }
    }

    func closingTwiceIsHarmless(_ files: Files) throws {
        let first = try files.open("a", .readWriteCreating)
        files.close(first)
        // The system reuses the lowest descriptor: the second close must not close this file.
        let second = try files.open("b", .readWriteCreating)
        files.close(first)
        try write([1], to: second, at: 0, files)
        try requireFailure(.invalid, "using a closed file") {
            try files.size(first)
        }
        files.close(second)
    }

    // MARK: Tools

    func write(_ bytes: [UInt8], to file: Files.File, at offset: UInt64, _ files: Files) throws {
        try bytes.withUnsafeBytes { try files.write(file, $0, at: offset) }
    }

    func read(_ count: Int, from file: Files.File, at offset: UInt64, _ files: Files) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: count)
        let done = try bytes.withUnsafeMutableBytes { try files.read(file, into: $0, at: offset) }
        return Array(bytes.prefix(done))
    }

    private func requireFailure<Value>(
        _ code: FileError.Code, _ what: String, file: StaticString = #fileID, line: UInt = #line,
        _ body: () throws -> Value
    ) throws {
        do {
            _ = try body()
        } catch let error as FileError {
            return try requireEqual(error.code, code, what, file: file, line: line)
        }
        throw ContractViolation("\(what): expected \(code.rawValue), but it succeeded", file: file, line: line)
    }
}
