import DeliberateFaults
public import DurableFiles
public import SessionCore
import Synchronization
public import UploadCore

/// Writes the bytes of one upload to its file, at their offset, without buffering. *Stable* means: when `sync` has
/// returned, everything written before it survives power loss (at `Durability.powerLoss`).
///
/// The file is named by its key: SHA-256(provisional memory id, 0, session id). Two sessions never share one. `write`
/// and `matches` block.
public struct StableBlobSink<Files: FileSystem>: ByteSink, Sendable {
    public typealias Failure = UploadError

    private let object: ObjectFile<Files>
    private let chunkSize: UInt64?
    private let length: UInt64?
    /// The writes since the last sync.
    private var unsynced: ObjectFile<Files>.Writes?

    init(_ object: ObjectFile<Files>, _ spec: SessionSpec) {
        self.object = object
        chunkSize = spec.chunkSize
        length = spec.expectedBytes
    }

    /// Writes all bytes at an offset.
    ///
    /// - Throws: `size_mismatch` past the upload's length, `invalid_argument` across the end of a chunk, both without
    ///   writing anything; `store_full`, `unavailable`.
    public mutating func write(_ bytes: RawSpan, at offset: UInt64) throws(UploadError) {
        try requireBounds(offset, UInt64(bytes.byteCount))
        let mark = try bytes.withUnsafeBytes { bytes throws(UploadError) in
            try UploadError.translating { () throws(FileError) in try object.write(bytes, at: offset) }
        }
        unsynced = ObjectFile<Files>.Writes(first: unsynced?.first ?? mark, last: mark)
    }

    /// Makes all writes of this sink durable. Suspends while another sync of the same object is under way.
    ///
    /// - Throws: `store_full`, `unavailable`: the writes since the last `sync` have to be repeated.
    public mutating func sync() async throws(UploadError) {
        guard let writes = takeUnsynced() else { return }
        let object = object
        try await UploadError.translating { () async throws(FileError) in try await object.sync(writes) }
    }

    /// The writes since the last call, for the caller to sync. They belong to no later sync, even if that one fails.
    mutating func takeUnsynced() -> ObjectFile<Files>.Writes? {
        unsynced.take()
    }

    func matches(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(UploadError) -> Bool {
        try UploadError.translating { () throws(FileError) in try object.matches(bytes, at: offset) }
    }

    /// - Throws: `size_mismatch` past the upload's length, `invalid_argument` across the end of a chunk.
    func requireBounds(_ offset: UInt64, _ count: UInt64) throws(UploadError) {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard !overflow, end <= length ?? UInt64(Int64.max) else {
            throw UploadError(.sizeMismatch(expected: length ?? UInt64(Int64.max), actual: overflow ? .max : end))
        }
        guard let chunkSize, count > 0, offset / chunkSize != (end - 1) / chunkSize else { return }
        throw UploadError(.invalidArgument("offset", "\(offset) and \(count) bytes cross the end of a chunk"))
    }
}

/// A `StableBlobSink` for asynchronous callers: blocking calls run on the pool, and syncs suspend.
public final class FileUploadSink<Files: FileSystem, Pool: BlockingPool>: UploadSink {
    private let store: FileBlobStore<Files, Pool>
    private let key: ObjectKey
    private let object: ObjectFile<Files>
    private let sink: Mutex<StableBlobSink<Files>>
    private let isOpen = Atomic(true)

    init(_ store: FileBlobStore<Files, Pool>, _ key: ObjectKey, _ object: ObjectFile<Files>, _ spec: SessionSpec) {
        self.store = store
        self.key = key
        self.object = object
        sink = Mutex(StableBlobSink(object, spec))
    }

    public func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let admission = store.admission
        try await onPool { sink throws(UploadError) in
            try admission?.requireRoom(for: bytes.count)
            try sink.requireBounds(offset, UInt64(bytes.count))
            var position = offset
            // A piece is hashed while the processor's cache still has it.
            try bytes.forEachPiece(alignedTo: offset) { piece throws(UploadError) in
                if DeliberateFault.hashBeforeWrite.isOn { visit?(piece) }
                try sink.write(piece.bytes, at: position)
                if !DeliberateFault.hashBeforeWrite.isOn { visit?(piece) }
                position += UInt64(piece.count)
            }
        }
    }

    @discardableResult
    public func sync() async throws(UploadError) -> [StorageReceipt] {
        guard let writes = sink.withLock({ $0.takeUnsynced() }) else { return [] }
        let object = object
        try await UploadError.translating { () async throws(FileError) in try await object.sync(writes) }
        return []
    }

    public func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        try await onPool { sink throws(UploadError) in
            try bytes.withBytes { bytes throws(UploadError) in try sink.matches(bytes, at: offset) }
        }
    }

    public func seal(length: UInt64) async throws(UploadError) {
        try await store.seal(key, length: length)
    }

    /// Idempotent: a second call would release the reference of another sink of the object.
    public func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
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
