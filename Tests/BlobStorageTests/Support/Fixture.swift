import BlobStorage
import DurableFiles
import SessionCore
import UploadCore
import UploadMemories
import UploadTestKit

/// A pool that runs each job at once, on its caller's thread: one call after the other.
struct InlinePool: BlockingPool {
    func submit(_ job: @escaping @Sendable () -> Void) { job() }
}

/// The real store on a simulated machine.
struct Fixture {
    typealias Store = FileBlobStore<SimulatedFileSystem, InlinePool>
    typealias Sink = Store.Sink

    let files: SimulatedFileSystem
    let durability: Durability
    let store: Store

    init(
        _ durability: Durability = .powerLoss, seed: UInt64 = 1, shards: Int = 2, directBytesMin: Int? = nil,
        directUploadBytesMin: UInt64 = 0
    ) async throws {
        files = SimulatedFileSystem(seed: seed)
        self.durability = durability
        store = Store(
            files: files, pool: InlinePool(), durability: durability, shards: shards, directBytesMin: directBytesMin,
            directUploadBytesMin: directUploadBytesMin)
        try await store.prepare()
        files.resetCounts()
    }

    /// The store as the next process finds it.
    func reopened(shards: Int = 2) async throws -> Store {
        let store = Store(files: files, pool: InlinePool(), durability: durability, shards: shards)
        try await store.prepare()
        return store
    }

    func sink(
        _ meta: UploadSessionMeta, _ layout: SessionLayout = .append, length: UInt64? = nil,
        hasDurableBytes: Bool = false
    ) -> Sink {
        store.sink(for: meta, spec(layout, length: length), hasDurableBytes: hasDurableBytes)
    }

    /// Writes a chunk through a sink of its own, as a writer does.
    func put(_ bytes: [UInt8], at offset: UInt64, of meta: UploadSessionMeta, hasDurableBytes: Bool = false)
        async throws
    {
        let sink = sink(meta, hasDurableBytes: hasDurableBytes)
        defer { sink.close() }
        try await sink.write(bytes, at: offset, nil)
        try await sink.sync()
    }

    func count(_ call: SimulatedCall) -> Int { files.count(of: call) }

    /// The one object that there is.
    var path: String? { files.files(under: "bytes").first?.path }
}

func spec(_ layout: SessionLayout = .append, length: UInt64? = nil) -> SessionSpec {
    SessionSpec(layout: layout, expectedBytes: length, owner: SessionOwner(bytes: [1]))
}

func upload(_ number: UInt64 = 1, memory: String = "memory 1") -> UploadSessionMeta {
    UploadSessionMeta(
        session: SessionId(high: 0x018b_cfe5_6800_7abc, low: 0x8123_4567_89ab_cdee + number),
        capsule: CapsuleId(SessionId(high: 1, low: 1)), caller: Principal("ben"), asset: AssetMetadata(name: "a"),
        provisionalMemoryId: memory, idempotencyKey: nil, expectedDigest: nil, isPartial: false, storage: .file)
}

/// Bytes that differ from place to place.
func content(_ count: Int, from start: Int = 0) -> [UInt8] {
    (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8 ^ $0 >> 16) }
}
