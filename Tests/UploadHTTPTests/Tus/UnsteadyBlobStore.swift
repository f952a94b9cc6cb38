import SessionCore
import Synchronization
import UploadCore
import UploadTestKit

/// The model of a blob store whose objects cannot be sealed for a while: an upload can then receive all its bytes and
/// not be finished.
final class UnsteadyBlobStore: BlobStore {
    let model = ModelBlobStore()
    private let refusals = Mutex(0)

    /// Refuses the next so many times.
    func refuse(times: Int) {
        refusals.withLock { $0 = times }
    }

    fileprivate func requireSteadiness() throws(UploadError) {
        let isRefused = refusals.withLock { count in
            defer { count = max(0, count - 1) }
            return count > 0
        }
        if isRefused { throw UploadError(.unavailable(detail: "a test has it so")) }
    }

    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> UnsteadySink {
        UnsteadySink(store: self, model: model.sink(for: meta, spec, hasDurableBytes: hasDurableBytes))
    }

    func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> ModelByteStream { model.stream(key, range) }

    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        try await model.scan(key, range, visit)
    }

    func remove(_ keys: [ObjectKey]) async throws(UploadError) { try await model.remove(keys) }
}

struct UnsteadySink: UploadSink {
    fileprivate let store: UnsteadyBlobStore
    fileprivate let model: ModelSink

    func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        try await model.write(bytes, at: offset, visit)
    }

    func sync() async throws(UploadError) -> [StorageReceipt] { try await model.sync() }

    func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        try await model.matches(bytes, at: offset)
    }

    func seal(length: UInt64) async throws(UploadError) {
        try store.requireSteadiness()
        try await model.seal(length: length)
    }

    func close() { model.close() }
}
