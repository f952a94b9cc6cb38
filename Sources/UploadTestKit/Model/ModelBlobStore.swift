public import SessionCore
import Synchronization
public import UploadCore

/// The `BlobStore` port's laws in memory: objects are arrays of bytes, durable as soon as they are written. A reference
/// to read, and a double for tests of what stands on a blob store.
///
/// Gaps between written bytes read as zeros, as those of a file do.
public final class ModelBlobStore: BlobStore {
    private struct State {
        var objects: [ObjectKey: [UInt8]] = [:]
        /// What was set aside, by its name.
        var aside: [String: [UInt8]] = [:]
    }

    private let state = Mutex(State())

    public init() {}

    public func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> ModelSink {
        ModelSink(store: self, key: meta.key, spec: spec)
    }

    public func read(_ key: ObjectKey, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        guard let bytes = object(key), range.upperBound <= UInt64(bytes.count) else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) is missing or too short"))
        }
        return Array(bytes[Int(range.lowerBound)..<Int(range.upperBound)])
    }

    public func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        let bytes = try await read(key, range)
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

    /// Changes an object, which begins empty.
    func change(_ key: ObjectKey, _ change: (inout [UInt8]) -> Void) {
        state.withLock { state in change(&state.objects[key, default: []]) }
    }
}

// MARK: - For the store check

extension ModelBlobStore {
    /// By the first half byte of the key.
    public var shards: Range<Int> { 0..<16 }

    public func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents {
        let objects = state.withLock { $0.objects }.filter { Int($0.key.digest.bytes[0] >> 4) == shard }
        return ShardContents(
            objects: objects.map { ($0.key, $0.key.digest.hex, UInt64($0.value.count)) }, unknownFiles: [])
    }

    public func quarantine(_ name: String, inShard shard: Int) async throws(UploadError) {
        guard let key = Digest(hex: name).map({ ObjectKey($0) }) else { return }
        state.withLock { state in
            guard let bytes = state.objects.removeValue(forKey: key) else { return }
            state.aside[name] = bytes
        }
    }
}
