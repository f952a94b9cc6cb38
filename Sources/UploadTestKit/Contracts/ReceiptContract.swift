import SessionCore
import Synchronization
public import UploadCore

/// The laws of a `BlobStore` that gives receipts, as checks that run against any implementation; used like
/// `BlobStoreContract`. The checks record the receipts themselves, in place of a catalogue.
public enum ReceiptContract {
    /// One law.
    public struct Check: Sendable, Identifiable, CustomStringConvertible {
        /// The law as a sentence.
        public let name: String
        private let body: @Sendable (any BlobStore, RecordedReceipts) async throws -> Void

        init(_ name: String, _ body: @escaping @Sendable (any BlobStore, RecordedReceipts) async throws -> Void) {
            self.name = name
            self.body = body
        }

        public var id: String { name }
        public var description: String { name }

        /// Runs the check on an empty store of its own. The store looks up recorded bytes in the catalogue passed to
        /// `makeStore`, and announces its segments there if it does so at all.
        public func run(_ makeStore: (any SegmentCatalogue) async throws -> some BlobStore) async throws {
            let recorded = RecordedReceipts()
            try await body(try await makeStore(recorded), recorded)
        }
    }

    public static let checks: [Check] = [
        Check("a sync returns receipts of exactly the bytes written since the sink's last one") { store, _ in
            try require(store.givesReceipts, "the store gives no receipts")
            let sink = store.sink(for: .example, .example, hasDurableBytes: false)
            defer { sink.close() }
            try requireEqual(try await sink.sync(), [], "receipts before any write")
            for (offset, count) in [(0, 100), (100, 1), (5000, 40)] {
                try await sink.write(BlobStoreFixture.bytes(count, from: offset), at: UInt64(offset), nil)
                let receipts = try await sink.sync()
                var end = UInt64(offset)
                for receipt in receipts {
                    try requireEqual(receipt.range.lowerBound, end, "the start of a segment")
                    end = receipt.range.upperBound
                }
                try requireEqual(end, UInt64(offset + count), "the end of the segments")
                try requireEqual(try await sink.sync(), [], "receipts of a sync without writes")
            }
        },
        Check("every segment is announced, under a key of its own") { store, recorded in
            let sink = store.sink(for: .example, .example, hasDurableBytes: false)
            defer { sink.close() }
            var keys: [ObjectKey] = []
            for _ in 0..<3 {
                try await sink.write(BlobStoreFixture.bytes(100), at: 0, nil)
                keys += try await sink.sync().map(\.key)
            }
            try requireEqual(Set(keys).count, keys.count, "keys")
            for key in keys { try require(recorded.isAnnounced(key), "a segment was written without announcement") }
        },
        Check("recorded bytes are read across segments, from any offset") { store, recorded in
            let all = BlobStoreFixture.bytes(1000)
            try await recorded.write(all, at: 0, store)
            for range in [0..<1000, 0..<1, 999..<1000, 15..<17, 3..<900] {
                let wanted = UInt64(range.lowerBound)..<UInt64(range.upperBound)
                var stream: any ByteStream = store.stream(UploadSessionMeta.example.key, wanted)
                var found: [UInt8] = []
                while let bytes = try await stream.next(limit: 7) { found += bytes }
                try requireEqual(found, Array(all[range]), "the bytes \(range)")
                let gathered = Gathered()
                try await store.scan(UploadSessionMeta.example.key, wanted, gathered.visit)
                try requireEqual(gathered.bytes, Array(all[range]), "the scanned bytes \(range)")
            }
        },
        Check("bytes whose receipts are not recorded change nothing, whenever they are written") { store, recorded in
            let late = store.sink(for: .example, .example, hasDurableBytes: false)
            defer { late.close() }
            try await late.write(BlobStoreFixture.bytes(50, from: 7), at: 0, nil)
            try await recorded.write(BlobStoreFixture.bytes(50), at: 0, store)
            try await late.write(BlobStoreFixture.bytes(50, from: 9), at: 0, nil)
            try await late.sync()
            let gathered = Gathered()
            try await store.scan(UploadSessionMeta.example.key, 0..<50, gathered.visit)
            try requireEqual(gathered.bytes, BlobStoreFixture.bytes(50), "the bytes")
        },
        Check("missing bytes are reported as damage") { store, recorded in
            try await recorded.write(BlobStoreFixture.bytes(50), at: 0, store)
            for range in [0..<51, 50..<51, 400..<401] as [Range<UInt64>] {
                try await requireRefusal(code: .storeCorrupt, "reading \(range)") {
                    try await store.scan(UploadSessionMeta.example.key, range) { _ in }
                }
            }
            try await store.remove(recorded.all.map(\.key))
            try await requireRefusal(code: .storeCorrupt, "reading removed segments") {
                try await store.scan(UploadSessionMeta.example.key, 0..<50) { _ in }
            }
        },
        Check("sealing is idempotent and keeps the bytes before the length") { store, recorded in
            try await recorded.write(BlobStoreFixture.bytes(50), at: 0, store)
            for _ in 0..<2 {
                let sink = store.sink(for: .example, .example, hasDurableBytes: true)
                try await sink.seal(length: 50)
                sink.close()
            }
            let gathered = Gathered()
            try await store.scan(UploadSessionMeta.example.key, 0..<50, gathered.visit)
            try requireEqual(gathered.bytes, BlobStoreFixture.bytes(50), "the bytes")
        },
    ]
}

/// The receipts that a check has recorded for its one upload.
final class RecordedReceipts: SegmentCatalogue {
    private let receipts = Mutex<[StorageReceipt]>([])
    private let announced = Mutex<Set<ObjectKey>>([])

    var all: [StorageReceipt] { receipts.withLock { $0 } }

    /// Refuses keys that were not announced or are recorded already, as `record` does. Of a store that announces nothing, it
    /// takes any.
    private func requireUsable(_ keys: [ObjectKey]) throws {
        let (announced, recorded) = (announced.withLock { $0 }, Set(all.map(\.key)))
        let strays = keys.filter { !announced.isEmpty && !announced.contains($0) || recorded.contains($0) }
        try require(strays.isEmpty, "\(strays.count) keys of segments were not announced, or were used before")
    }

    func receipts(of key: ObjectKey, in range: Range<UInt64>) async throws(UploadError) -> [StorageReceipt] {
        all.filter { key == UploadSessionMeta.example.key && $0.range.overlaps(range) }
    }

    func announce(_ keys: [ObjectKey]) async throws(UploadError) {
        announced.withLock { $0.formUnion(keys) }
    }

    func isAnnounced(_ key: ObjectKey) -> Bool { announced.withLock { $0.contains(key) } }

    /// Writes, syncs and records.
    func write(_ bytes: [UInt8], at offset: UInt64, _ store: any BlobStore) async throws {
        let sink = store.sink(for: .example, .example, hasDurableBytes: false)
        defer { sink.close() }
        try await sink.write(bytes, at: offset, nil)
        let new = try await sink.sync()
        try requireUsable(new.map(\.key))
        receipts.withLock { $0 += new }
    }
}

extension UploadSessionMeta {
    fileprivate static let example = UploadSessionMeta(
        session: SessionId(high: 1, low: 1), capsule: CapsuleId(SessionId(high: 1, low: 2)), caller: Principal("ada"),
        asset: AssetMetadata(name: "letter.txt"), provisionalMemoryId: "", idempotencyKey: nil, expectedDigest: nil,
        isPartial: false, storage: .file)
}

extension SessionSpec {
    fileprivate static let example = SessionSpec(
        layout: .append, expectedBytes: nil,
        owner: SessionOwner(capsule: UploadSessionMeta.example.capsule, caller: UploadSessionMeta.example.caller))
}
