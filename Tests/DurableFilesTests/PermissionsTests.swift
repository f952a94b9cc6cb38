import DurableFiles
import Glibc
import Testing
import UploadTestKit

@Suite struct PermissionsTests {
    private let directory: TemporaryDirectory
    private let files: POSIXFileSystem

    init() throws {
        directory = try TemporaryDirectory()
        files = POSIXFileSystem(root: directory.path)
    }

    private func mode(_ name: String) -> UInt32 {
        var status = stat()
        return lstat(directory.path + "/" + name, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    private func setMode(_ mode: UInt32, _ name: String) throws {
        try #require(chmod(directory.path + "/" + name, mode) == 0)
    }

    @Test(
        arguments: [
            // Of this user.
            (7, 0o600, 7, false), (7, 0o644, 7, false), (7, 0o755, 7, false), (7, 0o620, 7, true), (7, 0o602, 7, true),
            (7, 0o1777, 7, true),
            // Of root: only its group may write.
            (0, 0o755, 7, false), (0, 0o2775, 7, false), (0, 0o777, 7, true),
            // Of another user, who may always change the mode.
            (8, 0o600, 7, true), (8, 0o600, 0, true),
            // The user is root.
            (0, 0o700, 0, false), (0, 0o770, 0, true),
        ] as [(UInt32, UInt32, UInt32, Bool)])
    func `a file is writable by others through its owner, its group or its mode`(
        owner: UInt32, mode: UInt32, user: UInt32, isWritable: Bool
    ) {
        let permissions = FilePermissions(user: owner, group: 7, mode: mode)
        #expect(permissions.isWritableByOthers(than: user) == isWritable)
    }

    @Test func `files and directories are made private, and links and missing names are left alone`() throws {
        try TestFiles.write([1], to: directory.path + "/file")
        try files.makeDirectory("d")
        try setMode(0o644, "file")
        try setMode(0o775, "d")
        try #require(symlink("file", directory.path + "/link") == 0)
        try files.makePrivate("link")
        try files.makePrivate("missing")
        #expect(mode("file") == 0o644)
        for name in ["file", "d"] { try files.makePrivate(name) }
        #expect(mode("file") == 0o600)
        #expect(mode("d") == 0o700)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give a file away"))
    func `the file of another user is left alone, and is not taken for an own one`() throws {
        try TestFiles.write([1], to: directory.path + "/file")
        try setMode(0o644, "file")
        try #require(chown(directory.path + "/file", 4711, 4711) == 0)
        try files.makePrivate("file")
        #expect(mode("file") == 0o644)
        let file = try files.open("file", .read)
        #expect(failure { try files.requireOwn(file) } == .permission)
        files.close(file)
    }

    // MARK: Replacing

    @Test func `a replaced file has the new bytes, is private, and leaves no other name`() throws {
        try TestFiles.write([1, 2, 3], to: directory.path + "/file")
        try setMode(0o644, "file")
        try files.replace("file", with: [4, 5])
        #expect(TestFiles.read(directory.path + "/file") == [4, 5])
        #expect(mode("file") == 0o600)
        #expect(try files.list("") == ["file"])
    }

    @Test func `a link in the place of a replaced file is replaced, and its target stays as it is`() throws {
        try TestFiles.write([1, 2, 3], to: directory.path + "/secret")
        try #require(symlink("secret", directory.path + "/file") == 0)
        try files.replace("file", with: [4])
        #expect(TestFiles.read(directory.path + "/secret") == [1, 2, 3])
        #expect(TestFiles.read(directory.path + "/file") == [4])
        #expect(mode("file") == 0o600)
    }

    @Test func `the name of a new file is another one each time`() throws {
        try files.makeDirectory("d")
        let names = try (0..<20).map { _ in try files.writeNew([1], beside: "d/file") }
        #expect(Set(names).count == names.count)
        for name in names { #expect(name.wholeMatch(of: #/d/\.file\.[0-9a-f]{32}\.new/#) != nil) }
    }

    @Test func `a file that cannot be replaced stays, and the new one is removed`() throws {
        try files.makeDirectory("d")
        #expect(failure { try files.replace("d", with: [1]) } == .invalid)
        let refused = FileError(.permission, call: "chown", path: "file")
        #expect(
            failure { try files.replace("file", with: [1]) { _ throws(FileError) in throw refused } } == .permission)
        #expect(try files.list("") == ["d"])
    }
}
