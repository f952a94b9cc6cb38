import DurableFiles
import Glibc
import SessionCore
import Testing
import UploadCore
import UploadTestKit

@testable import Wharf

/// Other users of the machine neither read a store nor write to it.
@Suite struct PermissionsTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path + "/store"
    }

    private func setMode(_ mode: UInt32, _ name: String = "") throws {
        try #require(chmod(path + "/" + name, mode) == 0)
    }

    /// The names in a directory, and below, that others than the user have any permission for.
    private func open(below path: String) throws -> [String] {
        try POSIXFileSystem(root: path).list("").flatMap { name in
            let full = path + "/" + name
            var status = stat()
            try #require(lstat(full, &status) == 0)
            let own = status.st_mode & 0o077 == 0 ? [] : [full]
            return own + (status.st_mode & S_IFMT == S_IFDIR ? try open(below: full) : [])
        }
    }

    @Test func `a store is readable by its user only, whatever the mask of the process`() async throws {
        umask(0o022)
        let store = try await EmbeddedStore(directory: path, threads: 1)
        // One in the catalogue, whose bytes are in its log, and one in a file.
        _ = try await store.committed(content(100))
        _ = try await store.committed(content(70_000))
        let names = try POSIXFileSystem(root: path).list("")
        #expect(names.contains("catalogue.db-wal"))
        #expect(try open(below: path) == [])
        await store.close()
        #expect(try open(below: path) == [])
    }

    @Test func `the files of a store that others may read are made private when it opens`() async throws {
        try await EmbeddedStore(directory: path, threads: 1).close()
        for name in ["catalogue.db", "LOCK"] { try setMode(0o644, name) }
        for name in ["", "bytes", "quarantine"] { try setMode(0o755, name) }
        let store = try await EmbeddedStore(directory: path, threads: 1)
        _ = try await store.committed(content(100))
        #expect(try open(below: path) == [])
        await store.close()
    }

    @Test(arguments: [0o770, 0o707, 0o1777] as [UInt32])
    func `a directory that others may write to is refused with the remedy, and is not changed`(
        _ mode: UInt32
    ) async throws {
        try #require(mkdir(path, 0o700) == 0)
        try setMode(mode)
        let error = await #expect(throws: UploadError.self) { try await EmbeddedStore(directory: path, threads: 1) }
        #expect(error?.debugDescription.contains("chmod go-w \(path)") == true)
        #expect(try POSIXFileSystem(root: path).list("") == [])
        try setMode(mode & 0o755)
        try await EmbeddedStore(directory: path, threads: 1).close()
    }

    @Test func `a backup is not made where others may write`() async throws {
        let store = try await EmbeddedStore(directory: path, threads: 1)
        let target = directory.path + "/backup"
        try #require(mkdir(target, 0o700) == 0)
        try #require(chmod(target, 0o777) == 0)
        await expectBackupError(.unusableTarget) { try await store.backUp(to: target) }
        #expect(try POSIXFileSystem(root: target).list("") == [])
        await store.close()
    }

    @Test func `a directory of another user is refused with both users`() {
        func problem(_ owner: UInt32, for user: UInt32) -> String? {
            StorePermissions.problem(of: "/d", FilePermissions(user: owner, group: owner, mode: 0o700), for: user)
        }
        #expect(problem(1000, for: 0)?.contains("belongs to user 1000, and this process runs as user 0") == true)
        #expect(problem(1000, for: 1001)?.contains("belongs to user 1000") == true)
        #expect(problem(1000, for: 1000) == nil)
        #expect(problem(0, for: 1000) == nil)
    }
}
