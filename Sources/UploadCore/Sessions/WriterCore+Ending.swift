import Synchronization

extension WriterCore {
    /// See `UploadWriter.complete`.
    package func complete(expecting digest: Digest?) async throws(UploadError) -> UInt64 {
        let end: UInt64
        do throws(UploadError) {
            end = try await begin(.saving)
        } catch {
            await stop(keepsBytes: true)
            throw error
        }
        do {
            try await makeDurable(through: end, digest)
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

    private func makeDurable(through end: UInt64, _ digest: Digest?) async throws(UploadError) {
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
    }

    /// See `UploadWriter.cancel`. Idempotent, also after an error and after `complete`.
    package func cancel() async {
        await stop(keepsBytes: true)
    }

    /// See `UploadWriter.discard`. Idempotent, as `cancel`.
    package func discard() async {
        await stop(keepsBytes: false)
    }

    /// Whether `complete`, `cancel` or `discard` has ended it.
    var isReleased: Bool { held.withLock { $0.isReleased } }

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
        held.withLock { $0.isReleased = true }
        if compat.release(upload, number) { sink?.close() }
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

    private func requireSame(_ index: UInt64, _ range: Range<UInt64>, _ end: UInt64) async throws(UploadError) {
        guard end == range.upperBound else {
            throw UploadError(.sizeMismatch(expected: UInt64(range.count), actual: end - range.lowerBound))
        }
        let isShared = compat.blobs.givesReceipts
        if isShared, sink != nil { return try await requireSameDigest(index) }
        if held.withLock({ $0.differs }) { throw UploadError(.chunkConflict(index: index)) }
        if isShared { try await requireStanding(ofPending: true) }
    }

    /// Another engine may have ended or finished the upload, or lost the chunk, before memory knows of it. The catalogue then has
    /// no digest of the chunk, which is no conflict.
    private func requireSameDigest(_ index: UInt64) async throws(UploadError) {
        guard let recorded = try await compat.catalogue.chunkDigest(index, of: upload.id) else {
            try await requireStanding(ofPending: true)
            try lose(UploadError(.superseded))
        }
        guard recorded != pieceHash?.digest else { return }
        try await requireStanding()
        throw UploadError(.chunkConflict(index: index))
    }
}
