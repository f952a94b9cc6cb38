import struct Crypto.SHA256
import DeliberateFaults
public import SessionCore
import Synchronization

/// Writes the bytes of one chunk, or of one append, in order and in buffers of any size.
///
/// Make one call at a time; the last one must be `complete` or `cancel`. Until then no other writer writes the same
/// piece. After the takeover by a newer writer, or the end of the upload, calls throw `superseded` or `gone`, and
/// write nothing.
///
///     let writer = try await uploads.openAppend(id, at: offset, by: caller)
///     do {
///         for try await buffer in body { try await writer.write(buffer) }
///         offset = try await writer.complete()
///     } catch {
///         await writer.cancel()    // keeps the bytes written
///         throw error
///     }
public final class UploadWriter<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    /// The state of a writer between its calls.
    private struct Held: Sendable {
        /// Bytes for the catalogue: at most `Limits.catalogueBytesMax`.
        var unsaved: [UInt8] = []
        /// Whether a repeated chunk differs from the stored one.
        var differs = false
    }

    private let compat: SessionCompat<Store, Blobs, Time>
    private let upload: ActiveUploadReference
    private let number: WriterNumber
    private let work: WriterWork
    /// Nil for an upload stored in the catalogue.
    private let sink: Blobs.Sink?
    /// The hash of the whole, ahead of the durable prefix; nil unless the piece starts at the end of the prefix.
    private let wholeHash: RunningHash?
    /// The hash of this piece; nil unless a digest is verified, or recorded with a receipt.
    private let pieceHash: RunningHash?
    private let held = Mutex(Held())

    init(
        _ compat: SessionCompat<Store, Blobs, Time>, _ upload: ActiveUploadReference, _ number: WriterNumber,
        _ work: WriterWork, sink: Blobs.Sink?, wholeHash: SHA256?, isDigested: Bool
    ) {
        self.compat = compat
        self.upload = upload
        self.number = number
        self.work = work
        self.sink = sink
        self.wholeHash = wholeHash.map(RunningHash.init)
        let isDigested = isDigested || compat.blobs.givesReceipts && work.isOfChunk
        pieceHash = isDigested ? RunningHash(SHA256()) : nil
    }
}

// MARK: - Calls of the user

extension UploadWriter {
    /// Writes the bytes that follow those written before.
    ///
    /// - Parameter observe: Also receives the bytes, on the thread that wrote them, for a digest of the caller's own.
    /// - Throws: `size_mismatch` or `too_large` past the end, with nothing written; `superseded`, `gone`, `store_full`,
    ///   `unavailable`. After the last four the writer accepts no more bytes; those of an append that were written
    ///   before still count after `cancel`.
    public func write(
        _ bytes: some BorrowedBytes, observe: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) async throws(UploadError) {
        let offset = try begin(.writing)
        do {
            try requireRoom(for: bytes.count, at: offset)
            try await put(bytes, at: offset, observe)
        } catch {
            let isRefused = error.code == .sizeMismatch || error.code == .tooLarge
            compat.endCall(upload, number, isRefused ? .refused : .failed(error))
            throw error
        }
        guard let writer = compat.endCall(upload, number, .wrote(UInt64(bytes.count))) else { return }
        if case .append(_, isAllOrNothing: false) = work, case .ready = writer.phase,
            writer.written - writer.durable >= compat.limits.checkpointBytes
        {
            _ = try await checkpoint()
        }
    }

    /// Makes the bytes of an append durable, and returns the offset to acknowledge.
    ///
    /// - Throws: `superseded`, `gone`, `store_full`, `unavailable`. The last acknowledged offset stays valid.
    @discardableResult
    public func checkpoint() async throws(UploadError) -> UInt64 {
        guard case .append(_, isAllOrNothing: false) = work else { return compat.durableOffset(upload, number) }
        _ = try begin(.saving)
        do {
            try await save()
        } catch {
            compat.endCall(upload, number, .failed(error))
            throw error
        }
        return compat.endCall(upload, number, .wrote(0))?.durable ?? 0
    }

    /// Completes the piece: when this returns, the chunk or all appended bytes are durable.
    ///
    /// - Parameter digest: The expected SHA-256 of this piece. Requires a writer opened with `isDigested`.
    /// - Returns: The offset after the last durable byte of the piece.
    /// - Throws: `checksum_mismatch` and `size_mismatch`, after which the piece does not count (of an append that is
    ///   not all or nothing, durable bytes stay); `chunk_conflict`; `superseded`, `gone`, `store_full`, `unavailable`.
    ///   An error ends the writer, too.
    @discardableResult
    public func complete(expecting digest: Digest? = nil) async throws(UploadError) -> UInt64 {
        let end = try begin(.saving)
        do {
            try requireDigest(digest)
            switch work {
            case .chunk: try await save()
            case .comparison(let index, let range):
                try await requireSame(index, range, end)
                try await compat.recordUse(upload)
            case .append:
                try await save()
                // An append without bytes counts as use, too.
                try await compat.recordUse(upload)
            }
        } catch {
            compat.endCall(upload, number, .failed(error))
            await stop(keepsBytes: error.code != .checksumMismatch)
            throw error
        }
        compat.endCall(upload, number, .completed)
        sink?.close()
        // Hashes the durable bytes now, so that finishing has nothing left to read. Twice the size of the piece
        // suffices to catch up with parallel writers, without one of them hashing for all.
        await compat.advanceHash(upload, atMost: 2 * max(end - work.range.lowerBound, 1 << 20))
        release()
        return end
    }

    /// Cancels the writer: a chunk stays missing; an append keeps its bytes, unless it is all or nothing. Idempotent,
    /// also after an error and after `complete`.
    public func cancel() async {
        await stop(keepsBytes: true)
    }

    private func begin(_ activity: WriterState.Activity) throws(UploadError) -> UInt64 {
        let outcome = compat.applyToState(upload) { upload in upload.state.beginCall(self.number, activity) }
        guard let outcome else { throw UploadError(.superseded) }
        return try outcome.get()
    }

    private func requireDigest(_ expected: Digest?) throws(UploadError) {
        guard let expected else { return }
        guard let pieceHash else {
            throw UploadError(.invalidArgument("digest", "was not announced when the piece was begun"))
        }
        let actual = pieceHash.digest
        guard actual == expected else {
            throw UploadError(.checksumMismatch(expected: expected.hex, actual: actual.hex))
        }
    }

    private func requireRoom(for count: Int, at offset: UInt64) throws(UploadError) {
        let end = offset + UInt64(count)
        try Limits.require(end, atMost: max(compat.limits.uploadBytesMax, offset), .uploadBytes)
        guard end > work.range.upperBound else { return }
        throw UploadError(.sizeMismatch(expected: UInt64(work.range.count), actual: end - work.range.lowerBound))
    }

    private func requireSame(_ index: UInt64, _ range: Range<UInt64>, _ end: UInt64) async throws(UploadError) {
        guard end == range.upperBound else {
            throw UploadError(.sizeMismatch(expected: UInt64(range.count), actual: end - range.lowerBound))
        }
        var differs = held.withLock { $0.differs }
        if compat.blobs.givesReceipts, sink != nil {
            differs = try await compat.catalogue.chunkDigest(index, of: upload.id) != pieceHash?.digest
            if differs { try await requireStanding() }
        }
        if differs { throw UploadError(.chunkConflict(index: index)) }
    }
}

// MARK: - The end

extension UploadWriter {
    /// Stops this writer for its own user.
    private func stop(keepsBytes: Bool) async {
        let stop = Stop(reason: UploadError(.superseded), keepsBytes: keepsBytes)
        await compat.stop(upload, number, stop)
        release()
    }

    /// Saves or drops the last bytes. Called once, by the caller that stopped this writer, while no call is in
    /// progress.
    func conclude(keepsBytes: Bool) async {
        // A failure leaves the durable offset, which is the one that clients see.
        if keepsBytes { try? await save() }
        sink?.close()
        compat.applyToState(upload) { upload in upload.state.concluded(self.number) }
    }

    /// Closes the sink and unpins the upload. Idempotent.
    private func release() {
        if compat.release(upload, number) { sink?.close() }
    }
}

// MARK: - Writing and saving

extension UploadWriter {
    /// Writes, or compares, the bytes at an offset.
    private func put(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ observe: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let visit: (@Sendable (UnsafeRawBufferPointer) -> Void) = { [wholeHash, pieceHash] bytes in
            wholeHash?.update(bytes)
            pieceHash?.update(bytes)
            observe?(bytes)
        }
        if case .comparison = work {
            try await compare(bytes, at: offset)
            bytes.withBytes(visit)
        } else if let sink {
            try await sink.write(bytes, at: offset, visit)
        } else {
            bytes.withBytes { bytes in
                held.withLock { $0.unsaved.append(contentsOf: bytes) }
                visit(bytes)
            }
        }
    }

    /// Compares bytes with the stored ones.
    private func compare(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) {
        let isSame: Bool
        do throws(UploadError) {
            isSame = try await isStored(bytes, at: offset)
        } catch {
            try await requireStanding()
            throw error
        }
        guard !isSame else { return }
        try await requireStanding()
        held.withLock { $0.differs = true }
    }

    private func isStored(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        if DeliberateFault.skipComparison.isOn { return true }
        // The digest of the whole chunk is compared at the end.
        if compat.blobs.givesReceipts, sink != nil { return true }
        if let sink { return try await sink.matches(bytes, at: offset) }
        let stored = try await compat.catalogue.catalogueBytes(upload.id, offset..<offset + UInt64(bytes.count))
        return bytes.withBytes { $0.elementsEqual(stored) }
    }

    /// Throws the end of the upload, if it has ended: missing or different bytes are then a consequence of that. The
    /// catalogue may have recorded the end before memory knows of it; the upload is lost, so that memory does not
    /// contradict the error.
    private func requireStanding() async throws(UploadError) {
        let status = try await compat.catalogue.upload(upload.id)?.session.meta.status
        let end: UploadError
        switch status {
        case .pending, .committed: return
        case .aborted(let time): end = UploadError(ended: .aborted(at: time))
        case .expired(let time): end = UploadError(ended: .expired(at: time))
        case nil: end = UploadError(.notFound(.upload))
        }
        compat.applyToState(upload) { upload in upload.state.lose(end) }
        throw end
    }

    /// Makes written bytes durable and records them. Durability depends on the order: bytes, sync, catalogue, ledger in
    /// memory, acknowledgement.
    private func save() async throws(UploadError) {
        try await compat.withTicket(upload) { ticket throws(UploadError) in
            let save = try await compat.applyWhenPossible(upload, ticket) { upload, session throws(SessionError) in
                try upload.state.beginSave(number, session, ticket)
            }
            if let save { try await self.save(save, ticket) }
        }
    }

    private func save(_ save: UploadState.Save, _ ticket: Ticket) async throws(UploadError) {
        let unsaved = held.withLock { $0.unsaved }
        let receipts = DeliberateFault.recordBeforeSync.isOn ? [] : try await sync(ticket)
        let now = compat.clock.now()
        let piece = DurablePiece(
            save, bytes: sink == nil ? unsaved : nil, receipts: receipts,
            digest: compat.blobs.givesReceipts ? pieceHash?.digest : nil)
        try await compat.recording(upload) { fence throws(UploadError) in
            try await compat.catalogue.record(piece, of: upload.id, fence: fence, seen: now)
        }
        if DeliberateFault.recordBeforeSync.isOn { _ = try await sync(ticket) }
        try compat.apply(upload) { [wholeHash, number] upload, session throws(SessionError) in
            try upload.state.saved(number, save, &session, ticket)
            session.touch(at: now)
            upload.recordedLastSeen = now
            guard let wholeHash else { return }
            upload.hash.adopt(wholeHash.current, from: save.range.lowerBound, through: save.range.upperBound)
        }
        held.withLock { $0.unsaved = [] }
    }

    private func sync(_ ticket: Ticket) async throws(UploadError) -> [StorageReceipt] {
        do throws(UploadError) {
            return try await sink?.sync() ?? []
        } catch {
            compat.applyToState(upload) { upload in upload.state.syncFailed(self.number, ticket) }
            throw error
        }
    }
}

extension DurablePiece {
    /// - Parameters:
    ///   - bytes: The bytes, for an upload stored in the catalogue.
    ///   - digest: The digest of all bytes of the writer.
    fileprivate init(_ save: UploadState.Save, bytes: [UInt8]?, receipts: [StorageReceipt], digest: Digest?) {
        let isChunk: Bool
        let place: Place
        switch save.work {
        case .chunk(let claim): (isChunk, place) = (true, .chunk(index: claim.index))
        case .append, .comparison: (isChunk, place) = (false, .append(through: save.range.upperBound))
        }
        self.init(
            place, length: save.decidesLength ? save.range.upperBound : nil,
            bytes: bytes.map { (save.range.lowerBound, $0) }, receipts: receipts, digest: isChunk ? digest : nil)
    }
}
