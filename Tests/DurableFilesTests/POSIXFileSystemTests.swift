import DurableFiles
import Glibc
import Testing
import UploadTestKit

@Suite struct POSIXFileSystemTests {
    let directory: TemporaryDirectory
    let files: POSIXFileSystem

    init() throws {
        directory = try TemporaryDirectory()
        files = POSIXFileSystem(root: directory.path)
    }

    @Test func `a root is made with the directories above it, and may be there already`() throws {
        for _ in 0..<2 {
            let made = try POSIXFileSystem(creatingRoot: directory.path + "/a/b//c/")
            #expect(try made.list("").isEmpty)
        }
        #expect(try files.list("a/b") == ["c"])
    }

    @Test func `a root cannot be made below a file`() throws {
        files.close(try files.open("file", .readWriteCreating))
        #expect(failure { try POSIXFileSystem(creatingRoot: directory.path + "/file/root") } == .invalid)
        #expect(failure { try POSIXFileSystem(creatingRoot: directory.path + "/file") } == .invalid)
    }

    @Test func `files and directories are nobody else's to read`() throws {
        try files.makeDirectory("d")
        let file = try files.open("d/a", .readWriteCreating)
        var status = stat()
        #expect(fstat(file.descriptor, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(stat(directory.path + "/d", &status) == 0)
        #expect(status.st_mode & 0o777 == 0o700)
        files.close(file)
    }

    @Test func `descriptors do not survive an exec`() throws {
        let file = try files.open("a", .readWriteCreating)
        let lock = try files.lock("lock")
        #expect(fcntl(file.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        #expect(fcntl(lock.descriptor, F_GETFD) & FD_CLOEXEC != 0)
        files.close(file)
        files.close(lock)
    }

    @Test func `a lock ends with its close, though a forked child has the descriptor until its exec`() throws {
        let lock = try files.lock("lock")
        // As a fork does it: the copy is of the same open file.
        let copy = dup(lock.descriptor)
        try #require(copy >= 0)
        files.close(lock)
        files.close(try files.lock("lock"))
        close(copy)
    }

    @Test func `an offset beyond what the system counts is refused`() throws {
        let file = try files.open("a", .readWriteCreating)
        #expect(failure { try files.write([1], to: file, at: .max) } == .invalid)
        #expect(failure { try files.write([1], to: file, at: UInt64(Int64.max)) } == .invalid)
        #expect(failure { try files.read(1, from: file, at: .max) } == .invalid)
        #expect(failure { try files.truncate(file, to: .max) } == .invalid)
        files.close(file)
    }

    @Test func `an error names the call, the path below the root and the number`() throws {
        let error = #expect(throws: FileError.self) { try files.open("missing", .read) }
        #expect(error == FileError(.notFound, errno: ENOENT, call: "open", path: "missing"))
        #expect(error?.description == "open of “missing” failed: No such file or directory")
    }

    @Test func `the root may be a symbolic link, and so may the directories above it`() throws {
        try files.makeDirectory("real")
        try files.makeDirectory("real/below")
        try #require(symlink("real", directory.path + "/link") == 0)
        for path in ["link", "link/below", "link/new"] {
            let files = try POSIXFileSystem(creatingRoot: directory.path + "/" + path)
            files.close(try files.open("a", .readWriteCreating))
            try files.syncDirectory("")
            #expect(try files.list("").contains("a"))
        }
        #expect(try files.list("real").sorted() == ["a", "below", "new"])
    }

    @Test func `a file that a user names may be a symbolic link`() throws {
        try TestFiles.write([1, 2, 3], to: directory.path + "/real")
        try #require(symlink("real", directory.path + "/link") == 0)
        let location = FileLocation(directory.path + "/link")
        let file = try location.directory.open(location.name, .read)
        #expect(try location.directory.readAll(file, atMost: 3) == [1, 2, 3])
        location.directory.close(file)
    }

    @Test func `a directory is no file`() throws {
        try files.makeDirectory("d")
        #expect(failure { try files.open("d", .readWrite) } == .invalid)
        #expect(failure { try files.remove("d") } == .invalid)
        #expect(try files.list("") == ["d"])
    }

    @Test func `a device without room says so`() throws {
        let devices = POSIXFileSystem(root: "/dev")
        let full = try devices.open("full", .readWrite)
        #expect(failure { try devices.write([1], to: full) } == .noSpace)
        devices.close(full)
    }
}
