import Crypto
import DeliberateFaults
public import SessionCore
import Synchronization

/// Takes the bytes of one chunk, or of one append, in order and in pieces of any size, and writes them through.
///
/// Calls are made one at a time, and in the end `complete` or `cancel`. A writer stays in charge until then, or until a
/// newer one for the same bytes takes over or the upload ends: its calls throw `superseded` then, and its bytes no longer
/// arrive.
public final class UploadWriter<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    enum Work: Sendable {
        case chunk(Claim)
        /// The chunk is durable already; what comes must be the same bytes.
        case comparison(index: UInt64, Range<UInt64>)
        /// With `isAllOrNothing` nothing counts before `complete`.
        case append(Claim, isAllOrNothing: Bool)
    }

    struct Progress: Sendable {
        var isBusy = false
        var isRevoked = false
        var isStopped = false
        var failure: UploadError?
        /// The offset after the last byte written through.
        var written: UInt64
        /// For appends, the offset after the last durable byte.
        var durable: UInt64
        /// Bytes that are to go to the catalogue: at most `Limits.catalogueBytesMax`.
        var pending: [UInt8] = []
        var differs = false
        var waiting: [UnsafeContinuation<Void, Never>] = []
    }

    let compat: SessionCompat<Store, Blobs, Time>
    let handle: LiveHandle
    let meta: UploadSessionMeta
    let work: Work
    /// None for an upload that lives in the catalogue.
    let sink: Blobs.Sink?
    /// The hash of the whole, running ahead of the durable prefix; none if the piece starts elsewhere.
    let wholeHash: RunningHash?
    /// The hash of this piece, if one was asked for.
    let pieceHash: RunningHash?
    let progress: Mutex<Progress>
    private let stopping = Gate()

    init(
        _ compat: SessionCompat<Store, Blobs, Time>, _ handle: LiveHandle, _ meta: UploadSessionMeta, _ work: Work,
        sink: Blobs.Sink?, wholeHash: SHA256?, isDigested: Bool
    ) {
        self.compat = compat
        self.handle = handle
        self.meta = meta
        self.work = work
        self.sink = sink
        self.wholeHash = wholeHash.map(RunningHash.init)
        pieceHash = isDigested ? RunningHash(SHA256()) : nil
        let start = Self.range(of: work).lowerBound
        progress = Mutex(Progress(written: start, durable: start))
    }

    static func range(of work: Work) -> Range<UInt64> {
        switch work {
        case .chunk(let claim), .append(let claim, _): claim.range
        case .comparison(_, let range): range
        }
    }

    var range: Range<UInt64> { Self.range(of: work) }

    static func token(of work: Work) -> WriteToken? {
        switch work {
        case .chunk(let claim), .append(let claim, _): claim.token
        case .comparison: nil
        }
    }

    var token: WriteToken? { Self.token(of: work) }
}

// MARK: - What its user calls

extension UploadWriter {
    /// Writes the bytes that follow those written before.
    ///
    /// - Parameter observe: Sees the bytes too, on the thread that wrote them, for a digest of the caller's own.
    /// - Throws: `size_mismatch` or `too_large` past the end, with nothing written; `superseded`, `store_full`,
    ///   `unavailable`. After the last three the writer takes no more; bytes of an append that were written before still
    ///   count when it is cancelled.
    public func write(
        _ bytes: some BorrowedBytes, observe: (@Sendable (UnsafeRawBufferPointer) -> Void)? = nil
    ) async throws(UploadError) {
        let offset = try startOperation()
        do {
            try requireRoom(for: bytes.count, at: offset)
            try await put(bytes, at: offset, observe)
        } catch {
            endOperation { if error.code != .sizeMismatch, error.code != .tooLarge { $0.failure = error } }
            // The catalogue knows of the end before memory does: the caller must not find the upload pending afterwards.
            if error.code == .gone || error.code == .notFound { await compat.drop(handle) }
            throw error
        }
        let unsaved = endOperation { progress in
            progress.written += UInt64(bytes.count)
            return progress.written - progress.durable
        }
        try compat.noteUse(handle)
        if case .append(_, isAllOrNothing: false) = work, unsaved >= compat.limits.checkpointBytes {
            _ = try await checkpoint()
        }
    }

    /// Makes what an append has written so far durable, and returns the offset to tell.
    ///
    /// - Throws: `superseded`, `store_full`, `unavailable`, `gone`. The offset is the last one told then.
    @discardableResult
    public func checkpoint() async throws(UploadError) -> UInt64 {
        guard case .append(_, isAllOrNothing: false) = work else { return progress.withLock { $0.durable } }
        _ = try startOperation()
        do {
            try await saveAppend()
        } catch {
            endOperation { $0.failure = error }
            if error.leavesEffectUnknown { await compat.drop(handle) }
            throw error
        }
        return endOperation { $0.durable }
    }

    /// Ends the writing with success: when this returns, the chunk or everything appended is durable.
    ///
    /// - Parameter digest: The SHA-256 that this piece must have. The writer must have been opened as digested.
    /// - Returns: The offset after the last durable byte of the piece.
    /// - Throws: `checksum_mismatch` and `size_mismatch`, after which the piece does not count (of an append that is not
    ///   all or nothing, what was durable stays); `chunk_conflict`; `superseded`, `gone`, `store_full`, `unavailable`.
    @discardableResult
    public func complete(expecting digest: Digest? = nil) async throws(UploadError) -> UInt64 {
        _ = try startOperation()
        do {
            try requireDigest(digest)
            switch work {
            case .chunk(let claim): try await saveChunk(claim)
            case .comparison(let index, let range):
                try requireSame(index, range)
                try await compat.recordUse(handle)
            case .append:
                try await saveAppend()
                // One without bytes is use too.
                try await compat.recordUse(handle)
            }
        } catch {
            endOperation { $0.failure = error }
            await stop(keepingWhatArrived: error.code != .checksumMismatch)
            if error.leavesEffectUnknown { await compat.drop(handle) }
            throw error
        }
        let end = endOperation { $0.written }
        // Hash what waits behind this piece now, so that finishing has nothing left to read. Twice the piece's own size
        // catches up with parallel writers and keeps one of them from paying for all.
        await compat.advanceHash(handle, atMost: 2 * max(end - range.lowerBound, 1 << 20))
        await stop(keepingWhatArrived: true)
        return end
    }

    /// Ends the writing early: a chunk stays missing; an append keeps what was written, unless it is all or nothing.
    /// Lawful after any error and after `complete`.
    public func cancel() async {
        await stop(keepingWhatArrived: true)
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
        guard end > range.upperBound else { return }
        throw UploadError(.sizeMismatch(expected: UInt64(range.count), actual: end - range.lowerBound))
    }

    private func requireSame(_ index: UInt64, _ range: Range<UInt64>) throws(UploadError) {
        let (written, differs) = progress.withLock { ($0.written, $0.differs) }
        guard written == range.upperBound else {
            throw UploadError(.sizeMismatch(expected: UInt64(range.count), actual: written - range.lowerBound))
        }
        if differs { throw UploadError(.chunkConflict(index: index)) }
    }
}

// MARK: - One call at a time, and the end of all calls

extension UploadWriter {
    /// Enters a call of the user's.
    ///
    /// - Returns: The offset to write at.
    private func startOperation() throws(UploadError) -> UInt64 {
        let outcome: Result<UInt64, UploadError> = progress.withLock { progress in
            if let failure = progress.failure { return .failure(failure) }
            guard !progress.isRevoked, !progress.isStopped else { return .failure(UploadError(.superseded)) }
            guard !progress.isBusy else {
                return .failure(UploadError(.invalidArgument("writer", "is used by two callers at once")))
            }
            progress.isBusy = true
            return .success(progress.written)
        }
        return try outcome.get()
    }

    @discardableResult
    private func endOperation<Value: Sendable>(_ change: (inout Progress) -> Value) -> Value {
        let (value, waiting) = progress.withLock { progress in
            let value = change(&progress)
            progress.isBusy = false
            defer { progress.waiting = [] }
            return (value, progress.waiting)
        }
        for continuation in waiting { continuation.resume() }
        return value
    }

    /// Ends this writer for whatever reason; returns when no byte of it is under way any more and its claim is given up.
    /// Lawful to repeat and from several callers at once.
    func stop(keepingWhatArrived: Bool) async {
        progress.withLock { $0.isRevoked = true }
        await stopping.enter()
        if !DeliberateFault.takeOverWithoutWaiting.isOn { await untilNotBusy() }
        let isFirst = progress.withLock { progress in
            defer { progress.isStopped = true }
            return !progress.isStopped
        }
        var effectIsUnknown = false
        if isFirst {
            if keepingWhatArrived, case .append(_, isAllOrNothing: false) = work {
                do throws(UploadError) {
                    try await saveAppend()
                } catch {
                    // The caller is told the durable offset, which did not move.
                    effectIsUnknown = error.leavesEffectUnknown
                }
            }
            compat.unregister(self)
            sink?.close()
        }
        stopping.leave()
        if effectIsUnknown { await compat.drop(handle) }
    }

    private func untilNotBusy() async {
        await withUnsafeContinuation { continuation in
            let isBusy = progress.withLock { progress in
                if progress.isBusy { progress.waiting.append(continuation) }
                return progress.isBusy
            }
            if !isBusy { continuation.resume() }
        }
    }
}

extension UploadError {
    /// Whether the catalogue may or may not have recorded what was asked, so that memory must not be trusted.
    var leavesEffectUnknown: Bool {
        switch reason {
        case .unavailable, .storeFull, .storeCorrupt, .gone, .committed, .notFound: true
        default: false
        }
    }
}
