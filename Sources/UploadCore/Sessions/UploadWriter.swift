public import SessionCore

/// Writes the bytes of one chunk, or of one append, in order and in buffers of any size.
///
/// Make one call at a time. A writer ends once: with `complete`, `cancel` or `discard`, which consume it. Until then no other
/// writer writes the same piece. After the takeover by a newer writer, or the end of the upload, calls throw
/// `superseded` or `gone`, and write nothing.
///
///     let writer = try await uploads.openAppend(id, at: offset, by: caller)
///     do {
///         for try await buffer in body { try await writer.write(buffer) }
///     } catch {
///         await writer.cancel()    // keeps the bytes written
///         throw error
///     }
///     offset = try await writer.complete()
///
/// To drop a writer without these is a bug of the caller. It is then cancelled in the background, so that its piece
/// does not stay claimed.
public struct UploadWriter<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: ~Copyable, Sendable {
    package let core: WriterCore<Store, Blobs, Time>

    init(_ core: WriterCore<Store, Blobs, Time>) {
        self.core = core
    }

    deinit {
        if !core.isReleased { Task { [core] in await core.cancel() } }
    }

    /// Writes the bytes that follow those written before.
    ///
    /// - Parameter observe: Also receives the bytes, on the thread that wrote them, for a digest of the caller's own.
    /// - Throws: `size_mismatch` or `too_large` past the end, with nothing written; `superseded`, `gone`, `store_full`,
    ///   `unavailable`. After the last four the writer accepts no more bytes; those of an append that were written
    ///   before still count after `cancel`.
    public func write(
        _ bytes: some BorrowedBytes, observe: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) async throws(UploadError) {
        try await core.write(bytes, observe: observe)
    }

    /// Makes the bytes of an append durable, and returns the offset to acknowledge.
    ///
    /// - Throws: `superseded`, `gone`, `store_full`, `unavailable`. The last acknowledged offset stays valid.
    @discardableResult
    public func checkpoint() async throws(UploadError) -> UInt64 {
        try await core.checkpoint()
    }

    /// The offset up to which the bytes of an append are durable.
    public var durableOffset: UInt64 { core.durableOffset }

    /// The error with which another call has stopped this writer: `superseded` after a takeover, `gone` once the end of the upload
    /// is recorded, or that of the store; nil if the writer can go on. Waits while the upload is being ended.
    public func stopReason() async -> UploadError? {
        await core.stopReason()
    }

    /// Completes the piece: when this returns, the chunk or all appended bytes are durable.
    ///
    /// - Parameter digest: The expected SHA-256 of this piece. Requires a writer opened with `isDigested`.
    /// - Returns: The offset after the last durable byte of the piece.
    /// - Throws: `checksum_mismatch` and `size_mismatch`, after which the piece does not count (of an append that is
    ///   not all or nothing, durable bytes stay); `chunk_conflict`; `superseded`, `gone`, `store_full`, `unavailable`.
    ///   An error ends the writer as `cancel` does.
    @discardableResult
    public consuming func complete(expecting digest: Digest? = nil) async throws(UploadError) -> UInt64 {
        try await core.complete(expecting: digest)
    }

    /// Cancels the writer, and drops the bytes that are not durable yet.
    public consuming func discard() async {
        await core.discard()
    }

    /// Cancels the writer: a chunk stays missing; an append keeps its bytes, unless it is all or nothing. If `resumableStatus` told
    /// the offset meanwhile, it keeps those before that offset, from which another append can then start.
    public consuming func cancel() async {
        await core.cancel()
    }
}
