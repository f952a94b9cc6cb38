import SessionCore
import UploadCore
import UploadTestKit

/// The model of a blob store with a test's hooks around its calls.
struct HookedBlobStore<Model: BlobStore>: BlobStore {
    let model: Model
    let hooks: Hooks

    var givesReceipts: Bool { model.givesReceipts }

    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> HookedSink<Model.Sink> {
        HookedSink(model: model.sink(for: meta, spec, hasDurableBytes: hasDurableBytes), hooks: hooks)
    }

    func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> HookedStream<Model.Stream> {
        HookedStream(model: model.stream(key, range), hooks: hooks)
    }

    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        try await hooks.around(.scan) { () throws(UploadError) in try await model.scan(key, range, visit) }
    }

    func remove(_ keys: [ObjectKey]) async throws(UploadError) {
        try await hooks.around(.removeObjects) { () throws(UploadError) in try await model.remove(keys) }
    }
}

extension HookedBlobStore: BlobStoreMaintenance where Model: BlobStoreMaintenance {
    func size(of key: ObjectKey) async throws(UploadError) -> UInt64? {
        try await hooks.around(.otherBytes) { () throws(UploadError) in try await model.size(of: key) }
    }

    var shards: Range<Int> { model.shards }

    func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents {
        try await hooks.around(.otherBytes) { () throws(UploadError) in try await model.contents(ofShard: shard) }
    }

    func unknownFilesOutsideShards() async throws(UploadError) -> [String] {
        try await hooks.around(.otherBytes) { () throws(UploadError) in try await model.unknownFilesOutsideShards() }
    }

    func quarantine(_ name: String, inShard shard: Int?) async throws(UploadError) {
        try await hooks.around(.otherBytes) { () throws(UploadError) in
            try await model.quarantine(name, inShard: shard)
        }
    }
}

struct HookedStream<Model: ByteStream>: ByteStream {
    var model: Model
    let hooks: Hooks

    mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        var model = model
        let bytes = try await hooks.around(.read) { () throws(UploadError) in try await model.next(limit: limit) }
        self.model = model
        return bytes
    }
}

struct HookedSink<Model: UploadSink>: UploadSink {
    let model: Model
    let hooks: Hooks

    func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        try await hooks.around(.write) { () throws(UploadError) in try await model.write(bytes, at: offset, visit) }
    }

    func sync() async throws(UploadError) -> [StorageReceipt] {
        try await hooks.around(.sync) { () throws(UploadError) in try await model.sync() }
    }

    func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        try await hooks.around(.matches) { () throws(UploadError) in try await model.matches(bytes, at: offset) }
    }

    func seal(length: UInt64) async throws(UploadError) {
        try await hooks.around(.seal) { () throws(UploadError) in try await model.seal(length: length) }
    }

    func close() { model.close() }
}
