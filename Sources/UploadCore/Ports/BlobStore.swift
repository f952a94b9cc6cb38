public import SessionCore

/// Stores the bytes of uploads that are not in the catalogue: one object a key.
///
/// Laws for every implementation (checked by `BlobStoreContract` in UploadTestKit):
/// - objects are written only through sinks, at any offset; any number of sinks may write to disjoint ranges of one
///   object at the same time;
/// - when a `sync` has returned, the bytes written before it began are durable (at the durability of the store). A
///   failed sync fails for every sink with writes since its own last `sync`; these writes have to be repeated;
/// - any number of syncs of one object occupies one thread of the store: other objects do not wait for them;
/// - no call blocks the caller's thread;
/// - removing is idempotent.
public protocol BlobStore: Sendable {
    associatedtype Sink: UploadSink

    /// Creates a sink for an upload, without any I/O.
    ///
    /// - Parameters:
    ///   - spec: The sink refuses writes past a known length and across the end of a chunk.
    ///   - hasDurableBytes: Whether pieces of the upload are durable already, and its object therefore exists.
    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> Sink

    /// Reads a range completely.
    ///
    /// - Throws: `store_corrupt` if the object is missing or shorter, `unavailable`.
    func read(_ key: ObjectKey, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8]

    /// Visits the bytes of a range in order, a buffer at a time, on a thread that may block.
    ///
    /// - Throws: As `read`.
    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError)

    /// The size of an object in bytes; nil if there is none.
    func size(of key: ObjectKey) async throws(UploadError) -> UInt64?

    /// Removes objects, durably.
    func remove(_ keys: [ObjectKey]) async throws(UploadError)

    // MARK: Maintenance

    /// The shards of the store, for the store check.
    var shards: Range<Int> { get }
    /// Lists a shard completely.
    func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents
    /// Quarantines an unreferenced file: it is moved and never deleted.
    func quarantine(_ name: String, inShard shard: Int) async throws(UploadError)
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
    /// Writes all bytes at an offset of the upload and passes them to `visit` on the same thread, which saves a hash a
    /// second dispatch.
    ///
    /// - Throws: `size_mismatch` past the length of the upload, `invalid_argument` across the end of a chunk,
    ///   `store_full`, `unavailable`.
    func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError)

    /// Makes all writes of this sink durable. Concurrent calls for one object share a sync.
    ///
    /// - Throws: `store_full`, `unavailable`: the writes since the last `sync` have to be repeated.
    func sync() async throws(UploadError)

    /// Compares bytes with the object at an offset; false if they differ or the object is shorter.
    func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool

    /// Truncates the object to the upload's final length, durably.
    ///
    /// - Throws: `store_corrupt` if the object is shorter, or missing although the length is not 0.
    func seal(length: UInt64) async throws(UploadError)

    /// Releases the sink's file; a thread of the store closes it. Idempotent; do not call anything else afterwards.
    func close()
}
