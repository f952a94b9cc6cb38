public import SessionCore

/// Stores the bytes of uploads that are not in the catalogue: one object a key.
///
/// Laws for every implementation (checked by `BlobStoreContract` in UploadTestKit):
/// - objects are written only through sinks, at any offset, by any number of sinks at once to places that do not overlap;
/// - bytes that were written before a `sync` began are durable when it has returned (at the durability of the store); a `sync`
///   that throws, throws for every sink of the object with writes since the last `sync` of its own, and those writes count as
///   not done;
/// - any number of syncs of one object occupies one thread of the store: other objects do not wait for them;
/// - no call blocks the caller's thread;
/// - removing is idempotent.
public protocol BlobStore: Sendable {
    associatedtype Sink: UploadSink

    /// Creates a sink for an upload, without any I/O.
    ///
    /// - Parameters:
    ///   - spec: The sink refuses writes past the length, if it is known, and across the end of a chunk.
    ///   - hasDurableBytes: Whether pieces of the upload are durable already, so that its object must exist.
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
    /// Writes all bytes at an offset of the upload and shows them to `visit` on the same thread, so that a hash costs no
    /// second trip.
    ///
    /// - Throws: `size_mismatch` past the length of the upload, `invalid_argument` across the end of a chunk, `store_full`,
    ///   `unavailable`.
    func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError)

    /// Makes all writes of this sink durable. Concurrent calls for one object share a sync.
    ///
    /// - Throws: `store_full`, `unavailable`: the writes since the last `sync` count as not done.
    func sync() async throws(UploadError)

    /// Whether the object has these bytes at an offset; false also if it is shorter.
    func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool

    /// Truncates the object to the upload's final length, durably.
    ///
    /// - Throws: `store_corrupt` if the object is shorter, or missing although the length is not 0.
    func seal(length: UInt64) async throws(UploadError)

    /// Releases the sink's file; a thread of the store closes it. Do not call anything afterwards.
    func close()
}
