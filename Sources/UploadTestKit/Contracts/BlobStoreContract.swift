import SessionCore
import Synchronization
public import UploadCore
import UploadMemories

/// The laws of the `BlobStore` port, and of its sinks, as checks that run against any implementation. A violated law is
/// thrown as a `ContractViolation`; no test library is needed. Use it like `CatalogueContract`.
///
/// Failed syncs and crashes are not covered: they need a disk with injected faults.
public enum BlobStoreContract {
    /// One law.
    public struct Check: Sendable, Identifiable, CustomStringConvertible {
        /// The law as a sentence.
        public let name: String
        private let body: @Sendable (BlobStoreFixture) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (BlobStoreFixture) async throws -> Void) {
            self.name = name
            self.body = body
        }

        public var id: String { name }
        public var description: String { name }

        /// Runs the check on an empty store of its own.
        ///
        /// - Throws: `ContractViolation`, or the store's error where it should have succeeded.
        public func run(_ makeStore: () async throws -> some BlobStoreMaintenance) async throws {
            try await body(BlobStoreFixture(try await makeStore()))
        }
    }

    /// Every law, in the order of the port's methods.
    public static let checks: [Check] = writing + refusals + reading + sealing + removal + maintenance
}

/// The environment of a check: the store, and unused uploads.
final class BlobStoreFixture: Sendable {
    let store: any BlobStoreMaintenance
    private let lastNumber = Mutex<UInt64>(0)

    init(_ store: any BlobStoreMaintenance) {
        self.store = store
    }

    /// Reads a range through a stream, in pieces of an odd size.
    func read(_ key: ObjectKey, _ range: Range<UInt64>) async throws -> [UInt8] {
        var stream: any ByteStream = store.stream(key, range)
        var all: [UInt8] = []
        while let bytes = try await stream.next(limit: 997) {
            try require(!bytes.isEmpty && bytes.count <= 997, "a stream gave \(bytes.count) bytes")
            all += bytes
        }
        return all
    }

    /// An upload without an object.
    func newUpload(provisionalMemoryId: String = "memory 1") -> UploadSessionMeta {
        let number = lastNumber.withLock { last in
            last += 1
            return last
        }
        return UploadSessionMeta(
            session: SessionId(high: 1_700_000_000_000 << 16 | 0x7000, low: 0x8000_0000_0000_0000 | number),
            capsule: CapsuleId(SessionId(high: 1, low: 1)), caller: Principal("ada"),
            asset: AssetMetadata(name: "letter.txt"), provisionalMemoryId: provisionalMemoryId, idempotencyKey: nil,
            expectedDigest: nil, isPartial: false, storage: .file)
    }

    /// An upload whose object durably holds these bytes; no sink is open.
    func stored(_ bytes: [UInt8]) async throws -> UploadSessionMeta {
        let meta = newUpload()
        try await write(bytes, at: 0, of: meta)
        return meta
    }

    /// Writes through a sink of its own and makes the bytes durable.
    func write(
        _ bytes: [UInt8], at offset: UInt64, of meta: UploadSessionMeta, hasDurableBytes: Bool = false
    ) async throws {
        try await withSink(meta, hasDurableBytes: hasDurableBytes) { sink in
            try await sink.write(bytes, at: offset, nil)
            try await sink.sync()
        }
    }

    func withSink<Value>(
        _ meta: UploadSessionMeta, layout: SessionLayout = .append, length: UInt64? = nil,
        hasDurableBytes: Bool = false, _ body: (any UploadSink) async throws -> Value
    ) async throws -> Value {
        let spec = SessionSpec(
            layout: layout, expectedBytes: length, owner: SessionOwner(capsule: meta.capsule, caller: meta.caller))
        let sink = store.sink(for: meta, spec, hasDurableBytes: hasDurableBytes)
        defer { sink.close() }
        return try await body(sink)
    }

    /// Position-dependent bytes, which differ between buffers of any power-of-two size too.
    static func bytes(_ count: Int, from start: Int = 0) -> [UInt8] {
        (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8 ^ $0 >> 16) }
    }
}

/// Gathers the bytes passed to `visit`, in order.
final class Gathered: Sendable {
    private let gathered = Mutex<[UInt8]>([])

    var bytes: [UInt8] { gathered.withLock { $0 } }

    var visit: @Sendable (UnsafeRawBufferPointer) -> Void {
        { [self] buffer in gathered.withLock { $0.append(contentsOf: buffer) } }
    }
}
