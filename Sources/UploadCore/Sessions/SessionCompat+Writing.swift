import Crypto
public import SessionCore
import Synchronization

extension SessionCompat {
    /// Stores one chunk that is in memory already.
    ///
    /// - Throws: As `openChunk`, `UploadWriter.write` and `UploadWriter.complete`.
    public func putChunk(
        _ id: SessionId, index: UInt64, _ bytes: some BorrowedBytes, digest: Digest? = nil
    ) async throws(UploadError) {
        let writer = try await openChunk(id, index: index, byteCount: UInt64(bytes.count), isDigested: digest != nil)
        do throws(UploadError) {
            try await writer.write(bytes)
            try await writer.complete(expecting: digest)
        } catch {
            await writer.cancel()
            throw error
        }
    }

    /// Begins to receive a chunk. An earlier writer of the same chunk that is still under way is stopped first; chunks of
    /// other indices go on in parallel. A chunk that is durable already is compared.
    ///
    /// - Parameters:
    ///   - byteCount: How many bytes will come, where that is known.
    ///   - isDigested: Whether `complete` is going to be given a digest.
    /// - Throws: `not_found`, `gone`, `committed`, `invalid_argument` (index out of range, an append), `size_mismatch`,
    ///   `too_large` (a chunk past the limits of an upload of unknown length), `too_many` (writers), `superseded` (the upload
    ///   is being finished or ended just now), `unavailable`.
    public func openChunk(
        _ id: SessionId, index: UInt64, byteCount: UInt64? = nil, isDigested: Bool = false
    ) async throws(UploadError) -> UploadWriter<Store, Blobs, Time> {
        try await open(id, isDigested: isDigested) { live, session throws(SessionError) in
            let decision = try session.claimChunk(index, byteCount: byteCount)
            switch decision {
            case .compare(let range): return .comparison(index: index, range)
            case .write(let claim, _): return .chunk(claim)
            }
        } earlier: { work in
            if case .chunk(let claim) = work { claim.index == index } else { false }
        }
    }

    /// Begins to append at an offset. An earlier append that is still under way is stopped first, and what it wrote counts.
    ///
    /// - Parameter isAllOrNothing: Whether nothing counts before `complete`, because the bytes have a digest to match.
    /// - Throws: `offset_mismatch` with the right offset; otherwise as `openChunk`.
    public func openAppend(
        _ id: SessionId, at offset: UInt64, isAllOrNothing: Bool = false, isDigested: Bool = false
    ) async throws(UploadError) -> UploadWriter<Store, Blobs, Time> {
        try await open(id, isDigested: isDigested) { live, session throws(SessionError) in
            .append(try session.claimAppend(at: offset).0, isAllOrNothing: isAllOrNothing)
        } earlier: { work in
            if case .append = work { true } else { false }
        }
    }

    /// Stops an append that is under way, keeping what it wrote, and returns the upload with the offset from which to go
    /// on: what a client is told that lost its connection before the server noticed.
    ///
    /// - Throws: `not_found`, `unavailable`.
    public func quiesce(_ id: SessionId) async throws(UploadError) -> UploadRecord {
        try await pinned(id) { handle throws(UploadError) in
            let writers = try self.access(handle) { live, _ in live.writersInOrder }
            for writer in writers {
                if case .append = writer.work { await writer.stop(keepingWhatArrived: true) }
            }
        }
        return try await touch(id)
    }

    // MARK: -

    /// Lets a writer in: stops an earlier one for the same bytes, decides, and registers the new one, the last two in one step.
    private func open(
        _ id: SessionId, isDigested: Bool,
        _ decide: (inout LiveUpload<Writer>, inout Session) throws(SessionError) -> Writer.Work,
        earlier isEarlier: @Sendable (Writer.Work) -> Bool
    ) async throws(UploadError) -> Writer {
        let handle = try await pin(id)
        do throws(UploadError) {
            while true {
                let found = try access(handle) { live, _ in live.writersInOrder.first { isEarlier($0.work) } }
                if let found {
                    await found.stop(keepingWhatArrived: true)
                } else if let writer = try register(handle, isDigested: isDigested, decide, isEarlier) {
                    return writer
                }
            }
        } catch {
            unpin(handle)
            throw error
        }
    }

    /// - Returns: nil if another writer was faster.
    private func register(
        _ handle: LiveHandle, isDigested: Bool,
        _ decide: (inout LiveUpload<Writer>, inout Session) throws(SessionError) -> Writer.Work,
        _ isEarlier: (Writer.Work) -> Bool
    ) throws(UploadError) -> Writer? {
        let now = clock.now()
        let caller = try access(handle) { live, _ in live.meta.caller }
        try countWriter(of: caller)
        do throws(UploadError) {
            let outcome: Result<Writer, UploadError>? = try access(handle) { live, session throws(SessionError) in
                guard !live.writers.values.contains(where: { isEarlier($0.work) }) else { return nil }
                let work = try decide(&live, &session)
                if let refusal = refusal(of: work, live, session) {
                    if let token = Writer.token(of: work) { session.release(token) }
                    return .failure(refusal)
                }
                session.touch(at: now)
                let writer = makeWriter(handle, live, session, work, isDigested: isDigested)
                if let token = writer.token { live.writers[token] = writer }
                return .success(writer)
            }
            if let writer = try outcome?.get() { return writer }
        } catch {
            discountWriter(of: caller)
            throw error
        }
        discountWriter(of: caller)
        return nil
    }

    /// - Throws: `too_many`.
    private func countWriter(of caller: Principal) throws(UploadError) {
        let writers = state.withLock { state in
            let writers = state.writersByCaller[caller, default: 0] + 1
            if writers <= limits.writersPerCallerMax { state.writersByCaller[caller] = writers }
            return writers
        }
        try Limits.require(writers, atMost: limits.writersPerCallerMax, .writersPerCaller)
    }

    private func discountWriter(of caller: Principal) {
        state.withLock { state in
            let count = state.writersByCaller[caller, default: 1] - 1
            state.writersByCaller[caller] = count == 0 ? nil : count
        }
    }

    private func makeWriter(
        _ handle: LiveHandle, _ live: LiveUpload<Writer>, _ session: Session, _ work: Writer.Work, isDigested: Bool
    ) -> Writer {
        let fork: SHA256? =
            switch work {
            case .comparison: nil
            case .chunk(let claim), .append(let claim, _): live.hash.fork(at: claim.range.lowerBound)
            }
        let sink: Blobs.Sink? =
            live.meta.storage == .file
            ? blobs.sink(for: live.meta, session.spec, hasDurableBytes: session.receivedCount > 0)
            : nil
        return Writer(self, handle, live.meta, work, sink: sink, wholeHash: fork, isDigested: isDigested)
    }

    /// What the ledger does not know: that the upload is being finished or ended, and the limits that only an upload of
    /// unknown length can come to exceed.
    private func refusal(of work: Writer.Work, _ live: LiveUpload<Writer>, _ session: Session) -> UploadError? {
        if Writer.token(of: work) != nil, live.isClosing { return UploadError(.superseded) }
        guard live.parts.isEmpty else {
            return UploadError(.invalidArgument("upload", "is made of others and takes no bytes of its own"))
        }
        guard session.spec.expectedBytes == nil, case .chunk(let claim) = work else { return nil }
        do throws(UploadError) {
            try Limits.require(claim.index + 1, atMost: limits.chunksMax, .chunks)
            // The last chunk may be a short one; how far it goes is seen when it is written.
            try Limits.require(claim.range.lowerBound + 1, atMost: limits.uploadBytesMax, .uploadBytes)
            return nil
        } catch {
            return error
        }
    }

    /// Takes a writer off the upload's books.
    func unregister(_ writer: Writer) {
        discountWriter(of: writer.meta.caller)
        state.withLock { state in
            guard let token = writer.token, state.live[writer.handle.id]?.generation == writer.handle.generation
            else { return }
            state.live[writer.handle.id]?.writers[token] = nil
            try? state.service.update(writer.handle.id) { session in session.release(token) }
        }
        unpin(writer.handle)
    }

    /// Notes that bytes are arriving, so that a long body keeps its upload alive.
    func noteUse(_ handle: LiveHandle) throws(UploadError) {
        let now = clock.now()
        try access(handle) { _, session in session.touch(at: now) }
    }
}
