import NIOCore
public import SessionCore
public import UploadCore

/// Stores the bytes of uploads as write-once objects of an S3 bucket, *segments*, for engines that share a catalogue.
///
///     let location = try S3Location(parsing: "s3://photos/wharf?region=eu-central-1")
///     let store = try S3BlobStore(location, credentials, catalogue: catalogue, clock: clock)
///     try await store.prepare()
///     …
///     await store.shutdown()
///
/// Keys are random and never used again, so that neither a late nor a repeated PUT changes bytes that a receipt refers to, and
/// an engine with eventual consistency suffices. Nothing is decided by a list, and nothing is written to a local disk.
///
/// Every piece has segments of its own: many small appends of one upload are as many small objects.
public final class S3BlobStore: BlobStore {
    public let givesReceipts = true

    let client: S3Client
    let catalogue: any SegmentCatalogue
    let writer: SegmentWriter

    /// - Throws: An error of kind `configuration` if a setting is out of its range.
    public convenience init(
        _ location: S3Location, _ credentials: S3Credentials, catalogue: any SegmentCatalogue, clock: any WallClock,
        settings: S3Settings = S3Settings()
    ) throws(S3Error) {
        try settings.check()
        self.init(
            location, credentials, catalogue: catalogue, clock: clock, settings: settings, timer: .system,
            makeKey: ObjectKey.random)
    }

    /// - Parameters:
    ///   - settings: Not checked.
    ///   - timer: The waits between attempts.
    ///   - transport: Nil for HTTP over a network.
    ///   - executor: Where segments are stored while their writers go on; nil for the default.
    ///   - makeKey: Makes keys that were never used before.
    package init(
        _ location: S3Location, _ credentials: S3Credentials, catalogue: any SegmentCatalogue, clock: any WallClock,
        settings: S3Settings, timer: RetryTimer, transport: (any S3Transport)? = nil,
        executor: (any TaskExecutor)? = nil, makeKey: @escaping @Sendable () -> ObjectKey
    ) {
        self.catalogue = catalogue
        client = S3Client(
            location, credentials, settings: settings, clock: clock, timer: timer,
            transport: transport ?? HTTPTransport(settings))
        writer = SegmentWriter(
            client: client, keys: AnnouncedKeys(catalogue, clock: clock, executor: executor, makeKey: makeKey),
            memory: SegmentMemory(bytesMax: settings.memoryBytesMax), settings: settings, executor: executor)
    }

    /// Uses another key from the next request on, as the former one is about to expire, or to be revoked. It is
    /// not tried out.
    public func replace(credentials: S3Credentials) {
        client.replace(credentials: credentials)
    }

    /// Closes all connections. Do not call anything else afterwards.
    public func shutdown() async {
        // Fails only if it was shut down before.
        try? await client.shutdown()
    }

    /// By the requests of the last seconds, or by a small one that is sent now.
    public func requireReachable() async throws(UploadError) {
        do throws(S3Failure) {
            try await client.requireAnswer()
        } catch {
            throw error.uploadError("asking the bucket")
        }
    }

    public func sink(for meta: UploadSessionMeta, _ spec: SessionSpec, hasDurableBytes: Bool) -> S3UploadSink {
        S3UploadSink(writer, spec)
    }

    /// A sink for bytes that are not received but copied from another store.
    ///
    /// - Parameter chunkSize: As in `SessionLayout.chunks`; nil where segments may begin and end anywhere.
    package func sink(chunkSize: UInt64?, length: UInt64?) -> S3UploadSink {
        let layout: SessionLayout = chunkSize.map { .chunks(size: $0) } ?? .append
        return S3UploadSink(
            writer, SessionSpec(layout: layout, expectedBytes: length, owner: SessionOwner(bytes: [])))
    }

    public func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> S3ByteStream {
        S3ByteStream(SegmentReader(client, catalogue, key, range))
    }

    public func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        let reader = SegmentReader(client, catalogue, key, range)
        while let bytes = try await reader.next(limit: .max) { bytes.withUnsafeReadableBytes(visit) }
    }
}
