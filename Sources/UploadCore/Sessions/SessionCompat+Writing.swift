import DeliberateFaults
public import SessionCore
import Synchronization

extension SessionCompat {
    /// Stores one chunk that is in memory already.
    ///
    /// - Throws: As `openChunk`, `UploadWriter.write` and `UploadWriter.complete`.
    public func putChunk(
        _ id: SessionId, index: UInt64, _ bytes: some BorrowedBytes, digest: Digest? = nil,
        checkAccess: @escaping AccessCheck = { _ in }
    ) async throws(UploadError) {
        let writer = try await openChunk(
            id, index: index, byteCount: UInt64(bytes.count), isDigested: digest != nil, checkAccess: checkAccess)
        do throws(UploadError) {
            try await writer.write(bytes)
        } catch {
            await writer.cancel()
            throw error
        }
        try await writer.complete(expecting: digest)
    }

    /// Opens a writer for a chunk. An earlier writer of the same chunk is stopped first; writers of other chunks
    /// continue in parallel. A chunk that is durable already is compared, not written.
    ///
    /// - Parameters:
    ///   - byteCount: The length of the chunk in bytes, if known.
    ///   - isDigested: Whether `complete` will verify a digest.
    ///   - checkAccess: Called whenever bytes are recorded; its error ends the writer.
    /// - Throws: `not_found`, `gone`, `committed`, `invalid_argument` (index out of range, an append), `size_mismatch`,
    ///   `too_large` (a chunk past the limits of an upload of unknown length), `too_many` (writers), `superseded` (the
    ///   upload is being finished or ended), `store_full`, `unavailable`.
    public func openChunk(
        _ id: SessionId, index: UInt64, byteCount: UInt64? = nil, isDigested: Bool = false,
        checkAccess: @escaping AccessCheck = { _ in }
    ) async throws(UploadError) -> UploadWriter<Store, Blobs, Time> {
        let core = try await open(
            id, .chunk(index: index), isDigested: isDigested, checkAccess
        ) { session throws(SessionError) in
            switch try session.claimChunk(index, byteCount: byteCount) {
            case .compare(let range): .comparison(index: index, range)
            case .write(let claim, _): .chunk(claim)
            }
        }
        return UploadWriter(core)
    }

    /// Opens a writer for an append at an offset. An earlier append in progress is stopped first, and its bytes count.
    ///
    /// - Parameters:
    ///   - isAllOrNothing: Whether no byte counts before `complete`, as for bytes with a digest to verify.
    ///   - onStop: Called once another call has stopped the writer, whose user may be waiting for bytes. Must not block.
    /// - Throws: `offset_mismatch` with the current offset; otherwise as `openChunk`.
    public func openAppend(
        _ id: SessionId, at offset: UInt64, isAllOrNothing: Bool = false, isDigested: Bool = false,
        onStop: (@Sendable () -> Void)? = nil, checkAccess: @escaping AccessCheck = { _ in }
    ) async throws(UploadError) -> UploadWriter<Store, Blobs, Time> {
        let core = try await open(
            id, .append, at: offset, isDigested: isDigested, onStop: onStop, checkAccess
        ) { session throws(SessionError) in
            .append(try session.claimAppend(at: offset).0, isAllOrNothing: isAllOrNothing)
        }
        return UploadWriter(core)
    }

    /// Stops an append in progress, keeps its bytes, and returns the upload with its durable offset, for a client whose
    /// lost connection the server has not noticed. Counts as use.
    ///
    /// - Throws: `not_found`, `unavailable`.
    public func quiesce(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        try await knowOffset(id) { state, ticket in state.quiesce(ticket) }
    }

    /// As `quiesce`, but an append that has received bytes within the last second goes on, and its bytes so far are made
    /// durable: two clients that ask for the offset of one upload must not end each other's appends.
    ///
    /// - Throws: `not_found`, `unavailable`.
    public func resumableStatus(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        let time = clock.uptimeMilliseconds() - WriterState.silenceMilliseconds
        return try await knowOffset(id) { state, ticket in state.checkpointOrQuiesce(receivingSince: time, ticket) }
    }

    private func knowOffset(
        _ id: SessionId, _ event: (inout UploadState, Ticket) -> UploadState.Step<UploadState.Drain>
    ) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { reference throws(UploadError) in
            // `touch` reports an upload that is lost or ended meanwhile, from the catalogue.
            try? await withTicket(reference) { ticket throws(UploadError) in
                try await enterClaimTurn(reference, .append, ticket)
                try await drain(reference, ticket) { state in event(&state, ticket) }
                // An append of this engine that goes on has claimed the upload.
                let goesOn = try apply(reference) { upload, _ in upload.state.hasWriter(of: .append) }
                if !goesOn { try await claim(reference, .append) }
            }
        }
        return try await touch(id)
    }

    // MARK: -

    /// Whether the upload has to be claimed before this piece is written.
    private func mustClaim(_ piece: Piece) -> Bool { catalogue.isShared && piece == .append }

    /// Over a shared catalogue, an append is opened by one caller of this engine at a time. Refuses an upload that is
    /// being finished or ended, as `admit` does.
    private func enterClaimTurn(
        _ reference: ActiveUploadReference, _ piece: Piece, _ ticket: Ticket
    ) async throws(UploadError) {
        guard mustClaim(piece) else { return }
        let isClosing = try apply(reference) { upload, _ in upload.state.phase == .closing }
        if isClosing { throw UploadError(.superseded) }
        try await applyWhenPossible(reference, ticket) { upload, _ in upload.state.takeExclusiveTurn(ticket) }
    }

    /// Fences off an append of another engine. Chunks need no claim: a chunk that two engines write is compared when
    /// the second one is recorded.
    private func claim(_ reference: ActiveUploadReference, _ piece: Piece) async throws(UploadError) {
        guard mustClaim(piece), !DeliberateFault.takeOverWithoutClaim.isOn else { return }
        let isAppend = try apply(reference) { _, session in session.spec.layout == .append }
        if isAppend { try await claimIfShared(reference) }
    }

    /// Admits a writer: stops an earlier one of the same piece, then decides and registers the new one in one step.
    private func open(
        _ id: SessionId, _ piece: Piece, at offset: UInt64? = nil, isDigested: Bool,
        onStop: (@Sendable () -> Void)? = nil, _ checkAccess: @escaping AccessCheck,
        _ decide: (inout Session) throws(SessionError) -> WriterWork
    ) async throws(UploadError) -> Writer {
        let reference = try await pin(id)
        do throws(UploadError) {
            // Without an earlier writer of the piece the lock is taken once.
            func admitted() throws(UploadError) -> Writer? {
                try admit(reference, piece, isDigested: isDigested, onStop: onStop, checkAccess, decide)
            }
            if !mustClaim(piece), let writer = try admitted() { return writer }
            return try await withTicket(reference) { ticket throws(UploadError) in
                try await enterClaimTurn(reference, piece, ticket)
                while true {
                    try await drain(reference, ticket) { state in state.takeOver(piece, at: offset, ticket) }
                    try await claim(reference, piece)
                    if let writer = try admitted() { return writer }
                }
            }
        } catch {
            unpin(reference)
            throw error
        }
    }

    /// Counts and registers a writer in one step.
    ///
    /// - Returns: Nil if the piece has a writer.
    /// - Throws: `too_many`, errors of `decide`, refusals.
    private func admit(
        _ reference: ActiveUploadReference, _ piece: Piece, isDigested: Bool, onStop: (@Sendable () -> Void)?,
        _ checkAccess: @escaping AccessCheck, _ decide: (inout Session) throws(SessionError) -> WriterWork
    ) throws(UploadError) -> Writer? {
        try change(reference) { state -> Result<Writer?, UploadError> in
            do throws(UploadError) {
                let caller = try state.uploads.apply(reference) { upload, _ in
                    upload.state.hasWriter(of: piece) ? nil : upload.meta.caller
                }
                guard let caller else { return .success(nil) }
                let maximum = limits.writersPerCallerMax
                let writers = state.uploads.countWriter(of: caller, max: maximum)
                try Limits.require(writers, atMost: maximum, .writersPerCaller)
                do throws(UploadError) {
                    let admitted = try state.uploads.apply(reference) {
                        upload, session throws(SessionError) -> Result<Writer, UploadError> in
                        try admit(
                            reference, &upload, &session, isDigested: isDigested, onStop: onStop, checkAccess, decide)
                    }
                    return .success(try admitted.get())
                } catch {
                    state.uploads.discountWriter(of: caller)
                    throw error
                }
            } catch {
                return .failure(error)
            }
        }.get()
    }

    private func admit(
        _ reference: ActiveUploadReference, _ upload: inout ActiveUpload<Writer>, _ session: inout Session,
        isDigested: Bool, onStop: (@Sendable () -> Void)?, _ checkAccess: @escaping AccessCheck,
        _ decide: (inout Session) throws(SessionError) -> WriterWork
    ) throws(SessionError) -> Result<Writer, UploadError> {
        let work = try decide(&session)
        if let refusal = refusal(of: work, upload, session) {
            if let claim = work.claim { session.release(claim.token) }
            return .failure(refusal)
        }
        session.touch(at: clock.now())
        let number = upload.state.admit(work, at: clock.uptimeMilliseconds())
        let sink =
            upload.meta.storage == .file
            ? blobs.sink(for: upload.meta, session.spec, hasDurableBytes: session.receivedCount > 0) : nil
        let checksums = work.claim.flatMap { claim in
            sink.map { _ in
                BlockChecksummer(
                    blockBytes: session.spec.layout.blockBytes, position: claim.range.lowerBound,
                    current: upload.tailChecksum)
            }
        }
        let writer = Writer(
            self, reference, number, work, sink: sink,
            wholeHash: work.claim.flatMap { upload.hash.fork(at: $0.range.lowerBound) }, checksums: checksums,
            isDigested: isDigested, onStop: onStop, checkAccess: checkAccess)
        upload.writers[number] = writer
        return .success(writer)
    }

    /// Refusals outside of the ledger: uploads being finished or ended, concatenations, and limits that uploads of
    /// unknown length may exceed.
    private func refusal(
        of work: WriterWork, _ upload: ActiveUpload<Writer>, _ session: Session
    ) -> UploadError? {
        if work.claim != nil, upload.state.phase == .closing { return UploadError(.superseded) }
        guard upload.parts.isEmpty else {
            return UploadError(.invalidArgument("upload", "is made of others and takes no bytes of its own"))
        }
        guard session.spec.expectedBytes == nil, case .chunk(let claim) = work else { return nil }
        do throws(UploadError) {
            try Limits.require(claim.index + 1, atMost: limits.chunksMax, .chunks)
            // The last chunk may be short; its end is checked when it is written.
            try Limits.require(claim.range.lowerBound + 1, atMost: limits.uploadBytesMax, .uploadBytes)
            return nil
        } catch {
            return error
        }
    }

    // MARK: - Events of writers

    /// Ends a call of a writer; bytes that arrived count as use, so that a long body keeps its upload alive.
    @discardableResult
    func endCall(
        _ reference: ActiveUploadReference, _ number: WriterNumber, _ result: UploadState.CallResult
    ) -> WriterState? {
        let (now, uptime) = (clock.now(), clock.uptimeMilliseconds())
        return change(reference) { state in
            if case .wrote = result { try? state.uploads.apply(reference) { _, session in session.touch(at: now) } }
            return state.uploads.applyToState(reference) { upload in
                upload.state.endCall(number, result, at: uptime)
            } ?? nil
        }
    }

    func durableOffset(_ reference: ActiveUploadReference, _ number: WriterNumber) -> UInt64 {
        applyToState(reference) { upload in upload.state.writers[number]?.durable ?? 0 } ?? 0
    }
}
