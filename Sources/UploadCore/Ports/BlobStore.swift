public import SessionCore

/// Stores the bytes of uploads that are not in the catalogue: one object per key.
///
/// Laws for every implementation (checked by `BlobStoreContract` in UploadTestKit):
/// - objects are written only through sinks, at any offset; any number of sinks may write to disjoint ranges of one
///   object at the same time;
/// - when a `sync` has returned, the bytes written before it began are durable (at the durability of the store). A
///   failed sync fails for every sink with writes since its own last `sync`; these writes have to be repeated;
/// - any number of syncs of one object occupies one thread of the store: other objects do not wait for them;
/// - no call blocks the caller's thread;
/// - sealing and removing are idempotent.
///
/// A store of write-once segments (objects of an S3 bucket, for example) gives *receipts*: `sync` returns the locations
/// of the bytes, the catalogue records them together with the piece, and the store finds the bytes again through a
/// `ReceiptIndex`. An unrecorded segment belongs to no upload, which makes the writes of a superseded holder harmless.
/// A store of files overwrites in place and gives no receipts; several engines must not share it.
public protocol BlobStore: Sendable {
    associatedtype Sink: UploadSink
    associatedtype Stream: ByteStream

    /// Whether `sync` returns receipts. Bytes of a pending upload are then not compared in the store; the catalogue
    /// records a digest of each chunk instead.
    var givesReceipts: Bool { get }

    /// Hashes the buffers of several calls of `visit` together; nil for a store that calls it on threads that must not block.
    var hashPairing: (any HashPairing)? { get }

    /// Creates a sink for an upload, without any I/O.
    ///
    /// - Parameters:
    ///   - spec: The sink refuses writes past a known length and across the end of a chunk.
    ///   - hasDurableBytes: Whether pieces of the upload are durable already, and its object therefore exists.
    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> Sink

    /// Opens a stream that reads a range in order and on demand, without any I/O before the first `next`.
    func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> Stream

    /// Visits the bytes of a range in order, a buffer at a time, on a thread that may block.
    ///
    /// - Throws: `store_corrupt` if the object is missing or shorter, `unavailable`.
    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError)

    /// Whether the object has all bytes of a range, as far as the store can tell without reading them.
    ///
    /// - Throws: `unavailable`.
    func has(_ range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> Bool

    /// Requires that the store can be reached, in a few seconds at most.
    ///
    /// - Throws: `unavailable`.
    func requireReachable() async throws(UploadError)

    /// Removes objects, durably.
    func remove(_ keys: [ObjectKey]) async throws(UploadError)

    /// As `remove`, but an object that cannot be removed does not hold up the others.
    ///
    /// - Returns: The objects that are still there. All others are removed, durably.
    /// - Throws: `unavailable` if the store cannot be reached; it is not known what was removed.
    func removeEach(_ keys: [ObjectKey]) async throws(UploadError) -> [UnremovedObject]
}

/// An object that a store refused to remove.
public struct UnremovedObject: Sendable {
    public let key: ObjectKey
    public let error: UploadError

    public init(key: ObjectKey, error: UploadError) {
        self.key = key
        self.error = error
    }
}

extension BlobStore {
    public var givesReceipts: Bool { false }
    public var hashPairing: (any HashPairing)? { nil }

    /// For a store that cannot tell.
    public func has(_ range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> Bool { true }

    /// For a store in this process.
    public func requireReachable() async throws(UploadError) {}

    /// For a store that ends at the first failure.
    public func removeEach(_ keys: [ObjectKey]) async throws(UploadError) -> [UnremovedObject] {
        try await remove(keys)
        return []
    }
}

/// The bytes of a range of an object, in order.
public protocol ByteStream: Sendable {
    /// The next bytes, at least 1 and at most `limit`; nil at the end of the range.
    ///
    /// - Throws: `store_corrupt` if the object is missing or ends before the range, `unavailable`.
    mutating func next(limit: Int) async throws(UploadError) -> [UInt8]?
}

extension ByteStream {
    /// Reads all remaining bytes into memory.
    mutating func readAll() async throws(UploadError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next(limit: 1 << 20) { all += bytes }
        return all
    }
}

/// The location of a range of an upload's bytes in a blob store.
public struct StorageReceipt: Hashable, Sendable {
    /// Offsets in the upload.
    public let range: Range<UInt64>
    /// The segment. It holds exactly this range and is never written again.
    public let key: ObjectKey

    public init(range: Range<UInt64>, key: ObjectKey) {
        self.range = range
        self.key = key
    }
}

/// An index of recorded receipts. A shared catalogue is one, for its blob store.
public protocol ReceiptIndex: Sendable {
    /// The recorded receipts that overlap a range of an object, in order and without overlaps.
    func receipts(of key: ObjectKey, in range: Range<UInt64>) async throws(UploadError) -> [StorageReceipt]
}

/// The facts about segments that a shared catalogue keeps for its blob store.
///
/// A segment's key is announced before the segment is written. A piece with its receipt is recorded only while the
/// announcement stands, and takes it; announcements that no record takes within the catalogue's time become garbage. A
/// segment is thus recorded or removed, never both, whatever a paused engine still writes.
public protocol SegmentCatalogue: ReceiptIndex {
    /// Announces segments under new keys, durably. `record` with a receipt whose key is not announced (any more) throws
    /// `unavailable` and changes nothing: the bytes have to be written again under other keys.
    func announce(_ keys: [ObjectKey]) async throws(UploadError)
}

/// The operations of the store check on a blob store that keeps objects in files.
public protocol BlobStoreMaintenance: BlobStore {
    /// The path of an object in the store's directory, for messages to the operator.
    func path(of key: ObjectKey) -> String
    /// The size of an object in bytes; nil if there is none.
    func size(of key: ObjectKey) async throws(UploadError) -> UInt64?
    /// The shards of the store.
    var shards: Range<Int> { get }
    /// Lists a shard completely.
    func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents
    /// The names of files and directories beside the shards that do not belong to the store.
    func unknownFilesOutsideShards() async throws(UploadError) -> [String]
    /// Quarantines an unreferenced file: it is moved and never deleted.
    ///
    /// - Parameter shard: Nil for a file outside of the shards.
    func quarantine(_ name: String, inShard shard: Int?) async throws(UploadError)
}

extension BlobStoreMaintenance {
    public func path(of key: ObjectKey) -> String { "object " + key.digest.hex }

    public func has(_ range: Range<UInt64>, of key: ObjectKey) async throws(UploadError) -> Bool {
        range.isEmpty ? true : (try await size(of: key) ?? 0) >= range.upperBound
    }
}

/// The contents of one shard of a blob store.
public struct ShardContents: Sendable {
    public var objects: [(key: ObjectKey, name: String, size: UInt64)]
    /// Names of files that are not objects.
    public var unknownFiles: [String]

    public init(objects: [(key: ObjectKey, name: String, size: UInt64)], unknownFiles: [String]) {
        self.objects = objects
        self.unknownFiles = unknownFiles
    }
}

/// Writes bytes of one upload to its object. Each writer has a sink of its own and makes one call at a time.
public protocol UploadSink: Sendable {
    /// Writes all bytes at an offset of the upload and passes them to `visit` on the same thread, in order and in pieces
    /// of any size, which saves a hash a second dispatch. If it throws, `visit` may have seen a part of them.
    ///
    /// - Throws: `size_mismatch` past the length of the upload, `invalid_argument` across the end of a chunk,
    ///   `store_full`, `unavailable`.
    func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError)

    /// Makes all writes of this sink durable. Concurrent calls for one object share a sync.
    ///
    /// - Returns: Receipts of exactly the bytes that this call made durable, in order; none if the store gives none.
    /// - Throws: `store_full`, `unavailable`: the writes since the last `sync` have to be repeated.
    @discardableResult
    func sync() async throws(UploadError) -> [StorageReceipt]

    /// Compares bytes with the object at an offset; false if they differ or the object is shorter. Not called if the
    /// store gives receipts.
    func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool

    /// Truncates the object to the upload's final length, durably. Idempotent.
    ///
    /// - Throws: `store_corrupt` if the object is shorter, or missing although the length is not 0.
    func seal(length: UInt64) async throws(UploadError)

    /// Releases the sink's file; a thread of the store closes it. Idempotent; do not call anything else afterwards.
    func close()
}
