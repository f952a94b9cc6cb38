import NIOCore
import SessionCore
import Synchronization
public import UploadCore

/// Collects the bytes of one upload in segments and stores them as objects. A full segment is stored while the next one
/// grows; `sync` stores what is left and waits for all of them.
public final class S3UploadSink: UploadSink {
    /// Segments of one sink that are being stored while its writer goes on.
    static let segmentsInFlightMax = 2

    private struct State {
        var open: OpenSegment?
        var sizes: SegmentSizes
        /// The segments since the last sync, in their order.
        var puts: [Task<Result<StorageReceipt, UploadError>, Never>] = []
        /// The number of `puts`, from the first on, that were awaited and succeeded.
        var awaited = 0
        var isClosed = false
    }

    private let writer: SegmentWriter
    private let bounds: WriteBounds
    private let state: Mutex<State>

    init(_ writer: SegmentWriter, _ spec: SessionSpec) {
        self.writer = writer
        bounds = WriteBounds(spec)
        state = Mutex(
            State(sizes: SegmentSizes(max: writer.settings.segmentBytesMax, isChunk: spec.chunkSize != nil)))
    }

    deinit {
        close()
    }

    /// - Throws: Also the failure to store an earlier segment.
    public func write(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ visit: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        try bounds.check(UInt64(bytes.count), at: offset)
        // Bytes that are still in a socket would be copied by each of the calls below.
        let bytes = bytes.withBytes { ByteBuffer(bytes: $0) }
        var written = 0
        while written < bytes.readableBytes {
            let position = offset + UInt64(written)
            try await prepare(for: position)
            written += bytes.withUnsafeReadableBytes { bytes in
                append(UnsafeRawBufferPointer(rebasing: bytes[written...]), at: position)
            }
        }
        if let visit { bytes.withUnsafeReadableBytes(visit) }
    }

    @discardableResult
    public func sync() async throws(UploadError) -> [StorageReceipt] {
        let puts = state.withLock { state in
            seal(&state)
            defer { (state.puts, state.awaited) = ([], 0) }
            return state.puts
        }
        var results: [Result<StorageReceipt, UploadError>] = []
        // All of them, also after a failure: a segment that is being stored has memory.
        for put in puts { results.append(await put.value) }
        var receipts: [StorageReceipt] = []
        for result in results { receipts.append(try result.get()) }
        return receipts
    }

    /// Not called: digests of chunks are compared instead.
    public func matches(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool { false }

    /// Does nothing: bytes past the length have no receipt.
    public func seal(length: UInt64) async throws(UploadError) {}

    /// Drops what no `sync` has stored.
    public func close() {
        let (open, puts) = state.withLock { state in
            state.isClosed = true
            defer { (state.open, state.puts) = (nil, []) }
            return (state.open, state.puts)
        }
        writer.memory.dropped(ObjectIdentifier(self), pages: open?.pages.count ?? 0)
        for put in puts { put.cancel() }
    }

    // MARK: -

    /// Makes room for the byte at an offset: on a page of a segment that ends there.
    private func prepare(for position: UInt64) async throws(UploadError) {
        let isReady = state.withLock { state in
            // A gap, or bytes that replace earlier ones.
            if let open = state.open, open.end != position || open.isFull { seal(&state) }
            return state.open?.needsPage == false
        }
        if isReady { return }
        while let put = nextToAwait() {
            // A failure stays in the list: the next sync throws it too.
            _ = try await put.value.get()
            state.withLock { $0.awaited += 1 }
        }
        await writer.memory.take()
        state.withLock { state in
            // Meanwhile the memory may have sealed the segment.
            if state.open == nil {
                state.open = OpenSegment(
                    start: position, bytesMax: state.sizes.take(), writer.engine.integrity)
            }
            state.open?.addPage()
        }
    }

    /// The oldest segment in flight, if there are as many as may be.
    private func nextToAwait() -> Task<Result<StorageReceipt, UploadError>, Never>? {
        state.withLock { state in
            state.puts.count - state.awaited >= Self.segmentsInFlightMax ? state.puts[state.awaited] : nil
        }
    }

    /// - Returns: The number of bytes taken: none if the memory has sealed the segment meanwhile.
    private func append(_ bytes: UnsafeRawBufferPointer, at position: UInt64) -> Int {
        let (taken, pages) = state.withLock { state in
            guard state.open != nil else { return (0, 0) }
            let taken = state.open?.append(bytes) ?? 0
            if state.open?.isFull == true { seal(&state) }
            return (taken, state.open?.pages.count ?? 0)
        }
        if pages > 0 {
            writer.memory.grew(ObjectIdentifier(self), to: pages) { [weak self] in self?.sealEarly() }
        }
        return taken
    }

    /// Called by the memory when others need it.
    private func sealEarly() {
        state.withLock { seal(&$0) }
    }

    /// Begins to store the open segment, if there is one with bytes.
    private func seal(_ state: inout State) {
        guard let open = state.open, open.count > 0, !state.isClosed else { return }
        state.open = nil
        let (segment, writer) = (open.sealed, writer)
        writer.memory.sealed(ObjectIdentifier(self), pages: open.pages.count)
        // Not a child of the writer's call, which returns before: the sink waits for it in `sync` or cancels it in `close`.
        state.puts.append(Task(executorPreference: writer.executor) { await writer.store(segment) })
    }
}

/// What an upload's sink may write.
struct WriteBounds: Hashable, Sendable {
    private let length: UInt64
    private let chunkSize: UInt64?

    init(_ spec: SessionSpec) {
        length = spec.expectedBytes ?? UInt64(Int64.max)
        chunkSize = spec.chunkSize
    }

    /// - Throws: `size_mismatch` past the length, `invalid_argument` across the end of a chunk.
    func check(_ count: UInt64, at offset: UInt64) throws(UploadError) {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard !overflow, end <= length else {
            throw UploadError(.sizeMismatch(expected: length, actual: overflow ? .max : end))
        }
        guard let chunkSize, count > 0, offset / chunkSize != (end - 1) / chunkSize else { return }
        throw UploadError(.invalidArgument("offset", "\(offset) and \(count) bytes cross the end of a chunk"))
    }
}
