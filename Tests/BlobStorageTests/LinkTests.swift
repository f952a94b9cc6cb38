import BlobStorage
import DurableFiles
import Glibc
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Symbolic links in the places of objects and directories, on the machine's disk. The store makes none.
@Suite struct LinkTests {
    private let directory: TemporaryDirectory
    private let files: POSIXFileSystem
    private let secret: String
    private let path = "bytes/00/" + upload().key.digest.hex

    init() throws {
        directory = try TemporaryDirectory()
        try POSIXFileSystem(root: directory.path).makeDirectory("store")
        files = POSIXFileSystem(root: directory.path + "/store")
        secret = directory.path + "/secret"
        try TestFiles.write(content(1000), to: secret)
    }

    private func store() async throws -> FileBlobStore<POSIXFileSystem, InlinePool> {
        let store = FileBlobStore(files: files, pool: InlinePool(), durability: .powerLoss, shards: 1)
        try await store.prepare()
        return store
    }

    private func link(_ path: String, to target: String) throws {
        try #require(symlink(target, files.root + "/" + path) == 0)
    }

    /// A store with a link to a file outside of it in the place of its object.
    private func linkedStore() async throws -> FileBlobStore<POSIXFileSystem, InlinePool> {
        let store = try await store()
        try link(path, to: secret)
        return store
    }

    @Test func `a link in the place of an object is damage to whoever reads it`() async throws {
        let store = try await linkedStore()
        let key = upload().key
        var errors: [UploadError?] = []
        errors.append(await expectRefusal(.storeCorrupt) { try await store.read(key, 0..<10) })
        errors.append(await expectRefusal(.storeCorrupt) { try await store.scan(key, 0..<10) { _ in } })
        errors.append(await expectRefusal(.storeCorrupt) { try await store.size(of: key) })
        errors.append(await expectRefusal(.storeCorrupt) { try await store.openFile(key, length: 10) })
        for error in errors {
            #expect(error?.debugDescription.contains("symbolic link") == true)
            #expect(error?.debugDescription.contains(path) == true)
        }
    }

    @Test func `a link in the place of an object is damage to whoever writes it, and its target stays as it is`()
        async throws
    {
        let store = try await linkedStore()
        let sink = store.sink(for: upload(), spec(), hasDurableBytes: true)
        await expectRefusal(.storeCorrupt) { try await sink.write([9, 9, 9], at: 0, nil) }
        await expectRefusal(.storeCorrupt) { try await sink.matches(content(10), at: 0) }
        await expectRefusal(.storeCorrupt) { try await sink.seal(length: 5) }
        sink.close()
        #expect(TestFiles.read(secret) == content(1000))
    }

    @Test func `the removal of an object removes the link and not its target`() async throws {
        let store = try await linkedStore()
        try await store.remove([upload().key])
        #expect(try await store.contents(ofShard: 0).unknownFiles == [])
        #expect(TestFiles.read(secret) == content(1000))
    }

    @Test func `a link in the place of an object is an unknown file, and the objects beside it are listed`()
        async throws
    {
        let store = try await linkedStore()
        let sink = store.sink(for: upload(2), spec(), hasDurableBytes: false)
        try await sink.write([1, 2], at: 0, nil)
        sink.close()
        let contents = try await store.contents(ofShard: 0)
        #expect(contents.objects.map(\.key) == [upload(2).key])
        #expect(contents.unknownFiles == [upload().key.digest.hex])
        try await store.quarantine(upload().key.digest.hex, inShard: 0)
        #expect(try await store.contents(ofShard: 0).unknownFiles == [])
        #expect(TestFiles.read(secret) == content(1000))
    }

    @Test(arguments: ["bytes", "quarantine", "bytes/00"])
    func `a store with a link in the place of a directory is not prepared`(_ name: String) async throws {
        _ = try await store()
        try files.rename(name, to: "elsewhere")
        try link(name, to: files.root + "/elsewhere")
        let error = await expectRefusal(.storeCorrupt) { try await store() }
        #expect(error?.debugDescription.contains("symbolic link") == true)
    }

    @Test func `the root of a store may be a link`() async throws {
        try link("../root", to: "store")
        let files = try POSIXFileSystem(creatingRoot: directory.path + "/root")
        let store = FileBlobStore(files: files, pool: InlinePool(), durability: .powerLoss, shards: 1)
        try await store.prepare()
        let sink = store.sink(for: upload(), spec(), hasDurableBytes: false)
        try await sink.write(content(10), at: 0, nil)
        try await sink.sync()
        sink.close()
        #expect(try await store.read(upload().key, 0..<10) == content(10))
        #expect(TestFiles.read(directory.path + "/store/" + path) == content(10))
    }
}
