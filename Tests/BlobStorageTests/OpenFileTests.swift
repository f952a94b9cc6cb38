import BlobStorage
import DurableFiles
import Glibc
import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Files of objects that are opened for the kernel to send, on the machine's disk.
@Suite struct OpenFileTests {
    private let directory: TemporaryDirectory
    private let files: POSIXFileSystem
    private let store: FileBlobStore<POSIXFileSystem, InlinePool>
    private let path: String

    init() async throws {
        directory = try TemporaryDirectory()
        files = POSIXFileSystem(root: directory.path)
        store = FileBlobStore(files: files, pool: InlinePool(), durability: .processCrash, shards: 1)
        path = "bytes/00/" + upload().key.digest.hex
        try await store.prepare()
        let sink = store.sink(for: upload(), spec(), hasDurableBytes: false)
        try await sink.write(content(1000), at: 0, nil)
        sink.close()
    }

    @Test(arguments: [0, 999, 1000] as [UInt64])
    func `an object with at least the length is opened, and its bytes are there`(_ length: UInt64) async throws {
        let file = try await store.openFile(upload().key, length: length)
        var bytes = [UInt8](repeating: 0, count: 1001)
        #expect(pread(file.descriptor, &bytes, 1001, 0) == 1000)
        #expect(bytes.prefix(1000).elementsEqual(content(1000)))
        file.close()
    }

    @Test(arguments: [0, 1, 999] as [UInt64])
    func `a shorter object is damage, and its file is not opened for sending`(_ size: UInt64) async throws {
        let file = try files.open(path, .readWrite)
        try files.truncate(file, to: size)
        files.close(file)
        let error = await expectRefusal(.storeCorrupt) { try await store.openFile(upload().key, length: 1000) }
        #expect(error?.debugDescription.contains("has \(size) of 1000 bytes") == true)
        try await store.openFile(upload().key, length: size).close()
    }

    @Test func `a missing object is damage`() async throws {
        #expect(try files.remove(path))
        await expectRefusal(.storeCorrupt) { try await store.openFile(upload().key, length: 0) }
    }
}
