import CSQLite
import DurableFiles
import Glibc
import SessionCore
import Testing
import UploadCore
import UploadTestKit
import Wharf

/// A directory that loses its catalogue, or that is moved or removed under an open store.
@Suite struct LostDirectoryTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var path: String { directory.path + "/store" }

    private func open() async throws -> EmbeddedStore { try await EmbeddedStore(directory: path, threads: 2) }

    private func move(_ from: String, _ to: String) { #expect(rename(from, to) == 0) }

    private func size(_ name: String) -> Int? {
        var status = stat()
        return stat(path + "/" + name, &status) == 0 ? Int(status.st_size) : nil
    }

    @Test(arguments: ["missing", "empty", "without tables"])
    func `objects whose catalogue is lost are refused, and open again once it is restored`(_ loss: String) async throws
    {
        var store = try await open()
        let blob = try await store.committed(content(70_000))
        await store.close()
        move(path + "/catalogue.db", directory.path + "/saved")
        // As after a crash: SQLite deletes the log of a missing or empty database.
        if loss == "empty" { try write("", to: "catalogue.db") }
        if loss == "without tables" { try makeDatabaseWithoutTables() }
        try write("a log", to: "catalogue.db-wal")
        let before = size("catalogue.db")
        for _ in 0..<2 {
            let error = await expectRefusal(.storeCorrupt) { try await open() }
            #expect(error?.debugDescription.contains("restore the catalogue") == true)
        }
        #expect(size("catalogue.db") == before)
        if loss != "without tables" { #expect(size("catalogue.db-wal") == 5) }
        unlink(path + "/catalogue.db-wal")
        move(directory.path + "/saved", path + "/catalogue.db")
        store = try await open()
        #expect(try await store.read(blob) == content(70_000))
        #expect(try await store.check().isClean)
        await store.close()
    }

    @Test func `an empty store may lose its catalogue`() async throws {
        try await open().close()
        unlink(path + "/catalogue.db")
        let store = try await open()
        #expect(try await store.check().isClean)
        await store.close()
    }

    @Test(arguments: [true, false])
    func `a directory that is moved or replaced under an open store refuses changes until it is back`(
        _ isReplaced: Bool
    ) async throws {
        try await open().close()
        let clock = ManualClock()
        let pool = ThreadPool(name: "io", threads: 2)
        let location = StoreLocation(
            files: POSIXFileSystem(root: path), directory: path, pool: pool,
            cataloguePool: ThreadPool(name: "sql", threads: 1))
        let store = try await UploadStore(location, clock: clock)
        let kept = try await store.committed(content(70_000))
        let pending = try await store.begin(length: 3000)
        move(path, path + "-moved")
        if isReplaced { try await open().close() }
        clock.advance(milliseconds: 100)
        await expectRefusal(.unavailable) { try await store.begin(length: 3000) }
        await expectRefusal(.unavailable) { try await store.uploads.abort(pending, by: EmbeddedStore.anna) }
        await expectRefusal(.unavailable) {
            try await store.uploads.deleteBlob(BlobId(kept), by: EmbeddedStore.anna)
        }
        let error = await expectRefusal(.unavailable) { try await store.uploads.maintenance.requireWritable() }
        #expect(error?.debugDescription.contains(path) == true)
        if isReplaced { move(path, path + "-other") }
        move(path + "-moved", path)
        clock.advance(milliseconds: 100)
        try await store.uploads.maintenance.requireWritable()
        try await store.sendMissing(pending, content(3000))
        #expect(try await store.read(kept) == content(70_000))
        await store.close()
    }

    // MARK: Files as somebody else leaves them

    private func makeDatabaseWithoutTables() throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(path + "/catalogue.db", &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        #expect(sqlite3_exec(handle, "CREATE TABLE a (b); DROP TABLE a", nil, nil, nil) == SQLITE_OK)
    }

    private func write(_ text: String, to name: String) throws {
        let descriptor = Glibc.open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        #expect(bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == bytes.count)
    }
}
