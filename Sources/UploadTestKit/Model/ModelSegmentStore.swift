public import SessionCore
import Synchronization
public import UploadCore

/// An in-memory `BlobStore` of write-once segments for engines that share a catalogue, in the role of a bucket. Each
/// write becomes segments of at most `segmentBytes` under keys that are never reused; only recorded receipts make them
/// part of an upload.
public final class ModelSegmentStore: BlobStore {
    private struct State {
        var segments: [ObjectKey: [UInt8]] = [:]
        var lastKey: UInt64 = 0
        var quarantine: [ObjectKey: [UInt8]] = [:]
        /// The segments that cannot be removed.
        var stuck: Set<ObjectKey> = []
        var unreadable: Set<ObjectKey> = []
    }

    public let givesReceipts = true
    private let state = Mutex(State())
    fileprivate let index: any SegmentCatalogue
    fileprivate let segmentBytes: Int

    /// - Parameter index: The catalogue.
    public init(index: any SegmentCatalogue, segmentBytes: Int = 16) {
        self.index = index
        self.segmentBytes = segmentBytes
    }

    public func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> ModelSegmentSink {
        ModelSegmentSink(self, bounds: WriteBounds(spec))
    }

    public func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> ModelSegmentStream {
        ModelSegmentStream(store: self, key: key, rest: range)
    }

    public func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        var stream = stream(key, range)
        while let bytes = try await stream.next(limit: .max) { bytes.withUnsafeBytes { visit($0) } }
    }

    /// - Parameter keys: The keys of segments.
    public func remove(_ keys: [ObjectKey]) async throws(UploadError) {
        state.withLock { state in
            for key in keys { state.segments[key] = nil }
        }
    }

    /// Fails for the segments that a test has made stuck, and removes the others.
    public func removeEach(_ keys: [ObjectKey]) async throws(UploadError) -> [UnremovedObject] {
        let stuck = state.withLock { $0.stuck }
        try await remove(keys.filter { !stuck.contains($0) })
        return keys.filter { stuck.contains($0) }.map { UnremovedObject(key: $0, error: Self.isStuck($0)) }
    }

    private static func isStuck(_ key: ObjectKey) -> UploadError {
        UploadError(.unavailable(detail: "\(key.digest.hex) is stuck"))
    }

    /// Changes the stored objects without the catalogue, as damage to a bucket does.
    public func change<Value: Sendable>(_ body: (inout [ObjectKey: [UInt8]]) -> Value) -> Value {
        state.withLock { body(&$0.segments) }
    }

    /// The segments that can be neither removed nor moved from now on.
    public func makeStuck(_ keys: Set<ObjectKey>) { state.withLock { $0.stuck = keys } }
    /// The segments that the store fails to return from now on, while it answers about all others.
    public func makeUnreadable(_ keys: Set<ObjectKey>) { state.withLock { $0.unreadable = keys } }
    public var quarantined: Set<ObjectKey> { state.withLock { Set($0.quarantine.keys) } }

    /// The segments stored, recorded or not.
    public var segmentKeys: Set<ObjectKey> { state.withLock { Set($0.segments.keys) } }

    /// Announces a segment, then writes it.
    fileprivate func put(_ bytes: [UInt8], at offset: UInt64) async throws(UploadError) -> StorageReceipt {
        let number = state.withLock { state in
            state.lastKey += 1
            return state.lastKey
        }
        let key = ObjectKey(Digest(of: Array("segment \(number)".utf8)))
        try await index.announce([key])
        state.withLock { $0.segments[key] = bytes }
        return StorageReceipt(range: offset..<offset + UInt64(bytes.count), key: key)
    }

    fileprivate func segment(_ key: ObjectKey) throws(UploadError) -> [UInt8]? {
        try state.withLock { state throws(UploadError) in
            guard !state.unreadable.contains(key) else {
                throw UploadError(.unavailable(detail: "\(key.digest.hex) cannot be read"))
            }
            return state.segments[key]
        }
    }
}

extension ModelSegmentStore: SegmentStoreMaintenance {
    /// Pages of two segments, so that few have many.
    public func storedSegments(after name: String?) async throws(UploadError) -> StoredSegments {
        let segments = state.withLock { state in
            state.segments.map { RecordedSegment(key: $0.key, byteCount: UInt64($0.value.count)) }
        }
        let rest = segments.sorted { $0.key.digest.hex < $1.key.digest.hex }
            .drop { segment in name.map { segment.key.digest.hex <= $0 } ?? false }
        let page = Array(rest.prefix(2))
        return StoredSegments(
            segments: page, unknownObjects: [], next: rest.count > 2 ? page.last?.key.digest.hex : nil)
    }

    public func size(ofSegment key: ObjectKey) async throws(UploadError) -> UInt64? {
        try segment(key).map { UInt64($0.count) }
    }

    public func has(_ range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> Bool {
        var position = range.lowerBound
        for receipt in try await index.receipts(of: key, in: range) {
            guard receipt.range.lowerBound <= position, try segment(receipt.key) != nil else { return false }
            position = receipt.range.upperBound
        }
        return position >= range.upperBound
    }

    public func path(ofSegment key: ObjectKey) -> String { "segment " + key.digest.hex }

    public func quarantine(segment key: ObjectKey) async throws(UploadError) -> Bool {
        try state.withLock { state throws(UploadError) in
            if state.stuck.contains(key) { throw Self.isStuck(key) }
            guard let bytes = state.segments.removeValue(forKey: key) else { return false }
            state.quarantine[key] = bytes
            return true
        }
    }
}

/// A sink of a `ModelSegmentStore`.
public final class ModelSegmentSink: UploadSink {
    private let store: ModelSegmentStore
    private let bounds: WriteBounds
    private let unsynced = Mutex<[StorageReceipt]>([])

    fileprivate init(_ store: ModelSegmentStore, bounds: WriteBounds) {
        self.store = store
        self.bounds = bounds
    }

    public func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        _ = try bounds.end(of: UInt64(bytes.count), at: offset)
        let new = bytes.withBytes { Array($0) }
        for start in stride(from: 0, to: new.count, by: store.segmentBytes) {
            let segment = Array(new[start..<min(start + store.segmentBytes, new.count)])
            let receipt = try await store.put(segment, at: offset + UInt64(start))
            unsynced.withLock { $0.append(receipt) }
        }
        if let visit { new.withUnsafeBytes { visit($0) } }
    }

    @discardableResult
    public func sync() async throws(UploadError) -> [StorageReceipt] {
        unsynced.withLock { receipts in
            defer { receipts = [] }
            return receipts
        }
    }

    /// Never called: segments are compared by their digests.
    public func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool { false }

    /// Does nothing: bytes past the length were never recorded.
    public func seal(length: UInt64) async throws(UploadError) {}

    public func close() {}
}

/// Reads segment after segment.
public struct ModelSegmentStream: ByteStream {
    fileprivate let store: ModelSegmentStore
    fileprivate let key: ObjectKey
    fileprivate var rest: Range<UInt64>

    public mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        let receipts = try await store.index.receipts(of: key, in: rest.lowerBound..<rest.lowerBound + 1)
        guard let receipt = receipts.first, let segment = try store.segment(receipt.key) else {
            throw UploadError(.storeCorrupt(detail: "no segment of \(key.digest.hex) has byte \(rest.lowerBound)"))
        }
        let here = rest.clamped(to: receipt.range)
        let bytes = segment[Int(here.lowerBound - receipt.range.lowerBound)...].prefix(min(here.count, max(1, limit)))
        rest = rest.lowerBound + UInt64(bytes.count)..<rest.upperBound
        return Array(bytes)
    }
}
