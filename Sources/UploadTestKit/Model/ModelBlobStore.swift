public import SessionCore
import Synchronization
public import UploadCore

/// The in-memory reference implementation of the `BlobStore` port, and a test double for code above a blob store.
/// Objects are arrays of bytes, durable as soon as they are written.
///
/// Gaps between written bytes read as zeros, as in a file.
public final class ModelBlobStore: BlobStoreMaintenance {
    private struct State {
        var objects: [ObjectKey: [UInt8]] = [:]
        /// Quarantined objects by their names.
        var aside: [String: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> ModelSink {
        ModelSink(store: self, key: meta.key, bounds: WriteBounds(spec))
    }

    public func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> ModelByteStream {
        ModelByteStream(store: self, key: key, rest: range)
    }

    fileprivate func read(_ key: ObjectKey, _ range: Range<UInt64>) throws(UploadError) -> [UInt8] {
        guard let bytes = object(key), range.upperBound <= UInt64(bytes.count) else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) is missing or too short"))
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    public func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        let bytes = try read(key, range)
        bytes.withUnsafeBytes { visit($0) }
    }

    public func size(of key: ObjectKey) async throws(UploadError) -> UInt64? {
        object(key).map { UInt64($0.count) }
    }

    public func remove(_ keys: [ObjectKey]) async throws(UploadError) {
        state.withLock { state in
            for key in keys { state.objects[key] = nil }
        }
    }

    func object(_ key: ObjectKey) -> [UInt8]? {
        state.withLock { $0.objects[key] }
    }

    /// Changes an object, which starts out empty.
    func change(_ key: ObjectKey, _ change: (inout [UInt8]) -> Void) {
        state.withLock { state in change(&state.objects[key, default: []]) }
    }
}

// MARK: - For the store check

extension ModelBlobStore {
    /// One for each value of the first four bits of a key.
    public var shards: Range<Int> { 0..<16 }

    public func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents {
        let objects = state.withLock { $0.objects }.filter { Int($0.key.digest.bytes[0] >> 4) == shard }
        return ShardContents(
            objects: objects.map { ($0.key, $0.key.digest.hex, UInt64($0.value.count)) }, unknownFiles: [])
    }

    /// None: the model has no other names.
    public func unknownFilesOutsideShards() async throws(UploadError) -> [String] { [] }

    public func quarantine(_ name: String, inShard shard: Int?) async throws(UploadError) {
        guard let key = Digest(hex: name).map({ ObjectKey($0) }) else { return }
        state.withLock { state in
            guard let bytes = state.objects.removeValue(forKey: key) else { return }
            state.aside[name] = bytes
        }
    }
}

/// Reads a range of an object.
public struct ModelByteStream: ByteStream {
    fileprivate let store: ModelBlobStore
    fileprivate let key: ObjectKey
    fileprivate var rest: Range<UInt64>

    public mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        let end = min(rest.upperBound, rest.lowerBound + UInt64(max(1, limit)))
        let bytes = try store.read(key, rest.lowerBound..<end)
        rest = end..<rest.upperBound
        return bytes
    }
}

/// A sink of a `ModelBlobStore`. Holds nothing open.
public struct ModelSink: UploadSink {
    let store: ModelBlobStore
    let key: ObjectKey
    let bounds: WriteBounds

    public func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let end = try bounds.end(of: UInt64(bytes.count), at: offset)
        let new = bytes.withBytes { Array($0) }
        store.change(key) { object in
            if object.count < Int(end) {
                object.append(contentsOf: repeatElement(0, count: Int(end) - object.count))
            }
            object.replaceSubrange(Int(offset)..<Int(end), with: new)
        }
        if let visit { new.withUnsafeBytes { visit($0) } }
    }

    /// Does nothing: writes are durable at once.
    @discardableResult
    public func sync() async throws(UploadError) -> [StorageReceipt] { [] }

    public func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        guard let object = store.object(key), offset <= UInt64(object.count) else { return false }
        let there = object.dropFirst(Int(offset)).prefix(bytes.count)
        return bytes.withBytes { $0.elementsEqual(there) }
    }

    public func seal(length: UInt64) async throws(UploadError) {
        guard let size = try await store.size(of: key) ?? (length == 0 ? 0 : nil), size >= length else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) is shorter than \(length) bytes"))
        }
        if size > length { store.change(key) { $0.removeLast($0.count - Int(length)) } }
    }

    public func close() {}
}

/// The bounds of a sink's writes.
struct WriteBounds: Sendable {
    private let length: UInt64
    private let chunkSize: UInt64?

    init(_ spec: SessionSpec) {
        length = spec.expectedBytes ?? UInt64(Int.max)
        chunkSize = spec.chunkSize
    }

    /// The end offset of a write; throws if the write is out of bounds.
    func end(of count: UInt64, at offset: UInt64) throws(UploadError) -> UInt64 {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard !overflow, end <= length else {
            throw UploadError(.sizeMismatch(expected: length, actual: overflow ? .max : end))
        }
        if let chunkSize, count > 0, offset / chunkSize != (end - 1) / chunkSize {
            throw UploadError(.invalidArgument("bytes", "cross the end of a chunk"))
        }
        return end
    }
}
