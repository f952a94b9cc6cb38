import SessionCore
import Testing
import UploadCore
import UploadTestKit

struct BlobStoreContractTests {
    @Test(arguments: BlobStoreContract.checks)
    func `the model holds every law`(_ check: BlobStoreContract.Check) async throws {
        try await check.run { ModelBlobStore() }
    }

    @Test(arguments: ReceiptContract.checks)
    func `the model of a segment store holds the laws of receipts`(_ check: ReceiptContract.Check) async throws {
        try await check.run { index in ModelSegmentStore(index: index) }
    }

    @Test func `the names of laws are unique`() {
        let names = BlobStoreContract.checks.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test func `a store that accepts bytes past the length violates the law about it`() async {
        let name = "writes past the length of the upload are refused, those up to it succeed"
        let check = BlobStoreContract.checks.first { $0.name == name }
        await #expect(throws: ContractViolation.self) {
            try await check?.run { BoundlessStore() }
        }
    }
}

/// The model with one mistake: it ignores the length of an upload.
private struct BoundlessStore: BlobStoreMaintenance {
    let model = ModelBlobStore()

    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> ModelSink {
        let boundless = SessionSpec(layout: spec.layout, expectedBytes: nil, owner: spec.owner)
        return model.sink(for: meta, boundless, hasDurableBytes: hasDurableBytes)
    }

    func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> ModelByteStream { model.stream(key, range) }

    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        try await model.scan(key, range, visit)
    }

    func size(of key: ObjectKey) async throws(UploadError) -> UInt64? { try await model.size(of: key) }
    func remove(_ keys: [ObjectKey]) async throws(UploadError) { try await model.remove(keys) }

    var shards: Range<Int> { model.shards }
    func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents {
        try await model.contents(ofShard: shard)
    }
    func unknownFilesOutsideShards() async throws(UploadError) -> [String] {
        try await model.unknownFilesOutsideShards()
    }
    func quarantine(_ name: String, inShard shard: Int?) async throws(UploadError) {
        try await model.quarantine(name, inShard: shard)
    }
}
