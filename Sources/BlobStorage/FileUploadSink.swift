public import DurableFiles
import SessionCore
import Synchronization
public import UploadCore

/// A `StableBlobSink` for asynchronous callers: blocking calls run on the pool, and syncs suspend.
public final class FileUploadSink<Files: FileSystem, Pool: BlockingPool>: UploadSink {
    private let store: FileBlobStore<Files, Pool>
    private let key: ObjectKey
    private let object: ObjectFile<Files>
    private let sink: Mutex<StableBlobSink<Files>>

    init(_ store: FileBlobStore<Files, Pool>, _ key: ObjectKey, _ object: ObjectFile<Files>, _ spec: SessionSpec) {
        self.store = store
        self.key = key
        self.object = object
        sink = Mutex(StableBlobSink(object, spec))
    }

    public func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        try await onPool { sink throws(UploadError) in
            try bytes.withBytes { bytes throws(UploadError) in
                try sink.write(bytes.bytes, at: offset)
                visit?(bytes)
            }
        }
    }

    public func sync() async throws(UploadError) {
        guard let writes = sink.withLock({ $0.takeUnsynced() }) else { return }
        let object = object
        try await UploadError.translating { () async throws(FileError) in try await object.sync(writes) }
    }

    public func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        try await onPool { sink throws(UploadError) in
            try bytes.withBytes { bytes throws(UploadError) in try sink.matches(bytes, at: offset) }
        }
    }

    public func seal(length: UInt64) async throws(UploadError) {
        try await store.seal(key, length: length)
    }

    public func close() {
        store.release(key)
    }

    private func onPool<Value: Sendable>(
        _ body: @escaping @Sendable (inout StableBlobSink<Files>) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await store.pool.run { () throws(UploadError) in
            // Uncontended: a writer makes one call at a time.
            let outcome: Result<Value, UploadError> = self.sink.withLock { sink in
                do throws(UploadError) {
                    return .success(try body(&sink))
                } catch {
                    return .failure(error)
                }
            }
            return try outcome.get()
        }
    }
}
