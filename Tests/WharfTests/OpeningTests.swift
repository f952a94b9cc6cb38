import CSQLite
import SessionCore
import Testing
import UploadCore
import UploadTestKit
import Wharf

/// A store in a directory of this machine.
@Suite struct OpeningTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
    }

    private var path: String { directory.path + "/store" }

    private func open(_ durability: Durability = .powerLoss) async throws -> EmbeddedStore {
        try await EmbeddedStore(directory: path, durability: durability, threads: 2)
    }

    @Test func `a store is made where there is none, and is empty and clean`() async throws {
        let store = try await open()
        #expect(store.repairs.isEmpty)
        #expect(try await store.uploads.sessions.totalSessionCount() == 0)
        let report = try await store.check()
        #expect(report.isClean && report.uploads == 0 && report.objects == 0)
        await store.close()
    }

    @Test func `uploads survive closing and opening, whatever their state`() async throws {
        let bytes = content(70_000)
        var store = try await open()
        let blob = try await store.committed(bytes)
        let pending = try await store.begin(length: 70_000, key: "k")
        try await store.uploads.putChunk(pending, index: 3, bytes[3000..<4000], by: EmbeddedStore.anna)
        let aborted = try await store.begin(length: 70_000)
        try await store.uploads.abort(aborted, by: EmbeddedStore.anna)
        await store.close()

        store = try await open(.processCrash)
        #expect(store.repairs.isEmpty)
        #expect(try await store.read(blob) == bytes)
        #expect(try await store.record(aborted).session.meta.status != .pending)
        #expect(try await store.begin(length: 70_000, key: "k") == pending)
        #expect(try await store.record(pending).session.pieces.ranges() == [3...3])
        try await store.sendMissing(pending, bytes)
        _ = try await store.uploads.commit(pending, digest: Digest(of: bytes), by: EmbeddedStore.anna)
        #expect(try await store.read(pending) == bytes)
        #expect(try await store.check().isClean)
        await store.close()
    }

    @Test func `a second opening is refused until the first has closed`() async throws {
        let store = try await open()
        await expectRefusal(.storeLocked) { try await open() }
        _ = try await store.committed(content(70_000))
        await expectRefusal(.storeLocked) { try await open() }
        await store.close()
        try await open().close()
    }

    @Test func `an opening that was refused for its limits leaves the store free`() async throws {
        var limits = Limits()
        limits.timeToLiveMilliseconds = 0
        await expectRefusal(.invalidArgument) { try await EmbeddedStore(directory: path, limits: limits, threads: 2) }
        try await open().close()
    }

    @Test func `a store of a newer format is refused and left as it is`() async throws {
        try await open().close()
        let version = try pragma("user_version")
        try run("PRAGMA user_version = \(version + 1)")
        let error = await expectRefusal(.unsupportedFormat) { try await open() }
        #expect(error?.fields.map(\.value) == [.number(UInt64(version) + 1), .number(UInt64(version))])
        #expect(try pragma("user_version") == version + 1)
        try run("PRAGMA user_version = \(version)")
        try await open().close()
    }

    @Test func `somebody else's database is refused`() async throws {
        try await open().close()
        try run("PRAGMA application_id = 7")
        await expectRefusal(.storeCorrupt) { try await open() }
    }

    @Test func `where no directory can be made, the store is unavailable`() async throws {
        await expectRefusal(.unavailable) { try await EmbeddedStore(directory: "/proc/no/store", threads: 1) }
    }

    // MARK: The closed catalogue, as somebody else opens it

    private func run(_ statement: String, _ column: ((OpaquePointer?) -> Void)? = nil) throws {
        var handle: OpaquePointer?
        try #require(sqlite3_open(path + "/catalogue.db", &handle) == SQLITE_OK)
        defer { sqlite3_close(handle) }
        var prepared: OpaquePointer?
        try #require(sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK)
        defer { sqlite3_finalize(prepared) }
        if sqlite3_step(prepared) == SQLITE_ROW { column?(prepared) }
    }

    private func pragma(_ name: String) throws -> Int {
        var value = 0
        try run("PRAGMA \(name)") { value = Int(sqlite3_column_int64($0, 0)) }
        return value
    }
}
