import CSystemCallProbe
import DurableFiles
import Glibc
import Testing
import UploadTestKit

/// What the machine's file system asks of the kernel, and what it makes of the answers.
@Suite struct SystemCallTests {
    let directory: TemporaryDirectory
    let files: POSIXFileSystem

    init() throws {
        directory = try TemporaryDirectory()
        files = POSIXFileSystem(root: directory.path)
    }

    private func inode(_ path: String) throws -> UInt64 {
        var status = stat()
        try #require(stat(directory.path + "/" + path, &status) == 0)
        return UInt64(status.st_ino)
    }

    // MARK: Syncs

    @Test func `a sync of a file is one fdatasync of that file`() throws {
        let file = try files.open("a", .readWriteCreating)
        try files.write([1, 2, 3], to: file)
        let calls = try systemCalls { try files.syncData(file) }
        #expect(calls.map(\.kind) == [.fdatasync])
        #expect(calls.map(\.inode) == [try inode("a")])
        #expect(calls.map(\.result) == [0])
        files.close(file)
    }

    @Test(arguments: ["", "d"]) func `a sync of a directory is one fsync of that directory`(_ path: String) throws {
        try files.makeDirectory("d")
        let calls = try systemCalls { try files.syncDirectory(path) }
        #expect(calls.map(\.kind) == [.open, .fsync])
        #expect(calls.map(\.inode) == [try inode(path), try inode(path)])
        #expect(calls.last?.result == 0)
    }

    @Test func `a new root is synced into its parent, as are the directories above it`() throws {
        var calls = try systemCalls { _ = try POSIXFileSystem(creatingRoot: directory.path + "/a/b") }
        #expect(calls.of(.fsync).map(\.inode) == [try inode(""), try inode("a")])
        calls = try systemCalls { _ = try POSIXFileSystem(creatingRoot: directory.path + "/a/b") }
        #expect(calls.of(.fsync).map(\.inode) == [try inode("a")])
    }

    @Test(arguments: [(EIO, FileError.Code.io), (ENOSPC, .noSpace), (EDQUOT, .noSpace)])
    func `a sync that fails is not repeated, and its error is thrown`(_ number: Int32, _ code: FileError.Code) throws {
        let file = try files.open("a", .readWriteCreating)
        var calls = systemCalls {
            system_calls_fail(.fdatasync, number, 1)
        } by: {
            #expect(failure { try files.syncData(file) } == code)
        }
        #expect(calls.of(.fdatasync).map(\.result) == [-1])
        calls = systemCalls {
            system_calls_fail(.fsync, number, 1)
        } by: {
            #expect(failure { try files.syncDirectory("") } == code)
        }
        #expect(calls.of(.fsync).map(\.result) == [-1])
        files.close(file)
    }

    // MARK: Short transfers

    private struct Transfer: Equatable {
        let offset: Int64
        let count: UInt64
        let result: Int64
    }

    private static let inThrees = [
        Transfer(offset: 5, count: 10, result: 3), Transfer(offset: 8, count: 7, result: 3),
        Transfer(offset: 11, count: 4, result: 3), Transfer(offset: 14, count: 1, result: 1),
    ]

    private func transfers(_ calls: [SystemCallRecord], _ kind: SystemCallKind) -> [Transfer] {
        calls.of(kind).map { Transfer(offset: $0.offset, count: $0.count, result: $0.result) }
    }

    @Test func `a short write continues where it ended`() throws {
        let file = try files.open("a", .readWriteCreating)
        let bytes = Array(1...10) as [UInt8]
        let calls = try systemCalls {
            system_calls_limit(.pwrite, 3)
        } by: {
            try files.write(bytes, to: file, at: 5)
        }
        #expect(transfers(calls, .pwrite) == Self.inThrees)
        #expect(try files.read(20, from: file) == [0, 0, 0, 0, 0] + bytes)
        files.close(file)
    }

    @Test func `a short read continues where it ended`() throws {
        let file = try files.open("a", .readWriteCreating)
        let bytes = Array(1...10) as [UInt8]
        try files.write(bytes, to: file, at: 5)
        var found: [UInt8] = []
        let calls = try systemCalls {
            system_calls_limit(.pread, 3)
        } by: {
            found = try files.read(10, from: file, at: 5)
        }
        #expect(transfers(calls, .pread) == Self.inThrees)
        #expect(found == bytes)
        files.close(file)
    }

    @Test func `a write that transfers nothing is a failure`() throws {
        let file = try files.open("a", .readWriteCreating)
        let calls = systemCalls {
            system_calls_limit(.pwrite, 0)
        } by: {
            #expect(failure { try files.write([1, 2, 3], to: file) } == .io)
        }
        #expect(calls.of(.pwrite).count == 1)
        files.close(file)
    }

    // MARK: Signals

    @Test(arguments: SystemCallKind.all)
    func `a call that a signal interrupts is repeated until it succeeds`(_ kind: SystemCallKind) throws {
        try files.makeDirectory("d")
        var found: [UInt8] = []
        let calls = try systemCalls {
            system_calls_fail(kind, EINTR, 3)
        } by: {
            let file = try files.open("d/a", .readWriteCreating)
            try files.write([1, 2, 3], to: file)
            try files.truncate(file, to: 2)
            try files.syncData(file)
            try files.syncDirectory("d")
            found = try files.read(3, from: file)
            files.close(file)
            files.close(try files.lock("lock"))
        }
        #expect(found == [1, 2])
        let outcomes = calls.of(kind).prefix(4).map { $0.result == -1 }
        #expect(outcomes == [true, true, true, false])
    }

    @Test func `listing and syncing a directory repeat an interrupted open`() throws {
        try files.makeDirectory("d")
        for operation in [{ _ = try files.list("d") }, { try files.syncDirectory("d") }] {
            let calls = try systemCalls {
                system_calls_fail(.open, EINTR, 2)
            } by: {
                try operation()
            }
            #expect(calls.of(.open).map { $0.result == -1 } == [true, true, false])
        }
    }
}
