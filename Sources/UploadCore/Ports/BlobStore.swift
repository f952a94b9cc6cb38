public import SessionCore

/// Where the bytes of uploads live that are not in the catalogue: one object a key.
///
/// Laws, for every implementation:
/// - objects are written only through sinks, at any offset, by any number of sinks at once to places that do not overlap;
/// - what was written before a `sync` began is durable when it has returned (at the durability of the store); a `sync` that
///   throws, throws for every sink of the object with writes since the last `sync` of its own, and those writes count as
///   not done;
/// - reading waits for nobody and blocks no thread of the caller's;
/// - removing an object that does not exist is fine.
public protocol BlobStore: Sendable {
    associatedtype Sink: UploadSink

    /// The sink of an upload, which costs nothing until it is used.
    ///
    /// - Parameters:
    ///   - spec: Its length, where that is known, and its chunks: the sink writes nothing past the one and across the
    ///     others.
    ///   - hasDurableBytes: Whether pieces of the upload are durable already, so that its object must exist.
    func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> Sink

    /// The bytes of a range, all of them.
    ///
    /// - Throws: `store_corrupt` if the object is missing or shorter, `unavailable`.
    func read(_ key: ObjectKey, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8]

    /// Visits the bytes of a range in order, on a thread that may compute, a buffer at a time.
    ///
    /// - Throws: As `read`.
    func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError)

    /// The size of an object in bytes; nil if there is none.
    func size(of key: ObjectKey) async throws(UploadError) -> UInt64?

    /// Frees objects; their removal is durable when this returns.
    func remove(_ keys: [ObjectKey]) async throws(UploadError)

    /// For the store check: everything there is, a shard at a time.
    var shards: Range<Int> { get }
    func contents(ofShard shard: Int) async throws(UploadError) -> ShardContents
    /// Puts what nothing refers to out of the way, deleting nothing.
    func quarantine(_ name: String, inShard shard: Int) async throws(UploadError)
}

/// What lies in one shard of a blob store.
public struct ShardContents: Sendable {
    public var objects: [(key: ObjectKey, name: String, size: UInt64)]
    /// Names that are no object's.
    public var unknownFiles: [String]

    public init(objects: [(key: ObjectKey, name: String, size: UInt64)], unknownFiles: [String]) {
        self.objects = objects
        self.unknownFiles = unknownFiles
    }
}

/// Takes the bytes of one upload to their object. Each writer has a sink of its own.
public protocol UploadSink: Sendable {
    /// Writes all bytes at an offset of the upload and shows them to `visit` on the same thread, so that a hash costs no
    /// second trip.
    ///
    /// - Throws: `size_mismatch` past the length of the upload, `invalid_argument` across the end of a chunk, `store_full`,
    ///   `unavailable`.
    func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError)

    /// Makes what this sink has written durable.
    func sync() async throws(UploadError)

    /// Whether the object has these bytes at an offset; false also if it is shorter.
    func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool

    /// Cuts off what lies past the upload's final length and makes it durable.
    ///
    /// - Throws: `store_corrupt` if the object is shorter, or missing although the length is not 0.
    func seal(length: UInt64) async throws(UploadError)

    /// Lets go of what the sink holds open. Nothing may be called afterwards.
    func close()
}
