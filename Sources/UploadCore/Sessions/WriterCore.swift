package import SessionCore
import Synchronization

/// Performs the effects of one writer. Callers hold it through an `UploadWriter`; the upload holds it to conclude it at a
/// takeover or at the end of the upload.
///
/// Calls after the end are refused, and so is a call during another one.
package final class WriterCore<Store: Catalogue, Blobs: BlobStore, Time: WallClock>: Sendable {
    /// The state of a writer between its calls.
    struct Held: Sendable {
        /// Bytes for the catalogue: at most `Limits.catalogueBytesMax`.
        var unsaved: [UInt8] = []
        /// Whether a repeated chunk differs from the stored one.
        var differs = false
        /// Whether its user has ended it.
        var isReleased = false
        /// The last time at which all written bytes were durable, on the monotonic clock.
        var savedAt: Int64
    }

    let compat: SessionCompat<Store, Blobs, Time>
    let upload: ActiveUploadReference
    let number: WriterNumber
    let work: WriterWork
    /// Nil for an upload stored in the catalogue.
    let sink: Blobs.Sink?
    /// The hash of the whole, ahead of the durable prefix; nil unless the piece starts at the end of the prefix.
    let wholeHash: RunningHash?
    /// The hash of this piece; nil unless a digest is verified, or recorded with a receipt.
    let pieceHash: RunningHash?
    /// The checksums of its blocks; nil for a comparison, and for an upload stored in the catalogue.
    let checksums: Running<BlockChecksummer>?
    /// Called once another call has stopped this writer.
    let onStop: (@Sendable () -> Void)?
    /// Checked whenever bytes are recorded.
    let checkAccess: AccessCheck
    let held: Mutex<Held>

    init(
        _ compat: SessionCompat<Store, Blobs, Time>, _ upload: ActiveUploadReference, _ number: WriterNumber,
        _ work: WriterWork, sink: Blobs.Sink?, wholeHash: SHA256Hasher?, checksums: BlockChecksummer?, isDigested: Bool,
        onStop: (@Sendable () -> Void)?, checkAccess: @escaping AccessCheck
    ) {
        self.compat = compat
        self.upload = upload
        self.number = number
        self.work = work
        self.sink = sink
        self.onStop = onStop
        self.checkAccess = checkAccess
        held = Mutex(Held(savedAt: compat.clock.uptimeMilliseconds()))
        // A comparison hashes on the thread of its caller, which must not block.
        let pairing = work.claim == nil || sink == nil ? nil : compat.blobs.hashPairing
        self.wholeHash = wholeHash.map { RunningHash($0, pairing: pairing) }
        let isDigested = isDigested || compat.blobs.givesReceipts && work.isOfChunk
        self.checksums = checksums.map(Running.init)
        pieceHash = isDigested ? RunningHash(SHA256Hasher(), pairing: pairing) : nil
    }
}

extension WriterCore {
    /// See `UploadWriter.write`.
    package func write(
        _ bytes: some BorrowedBytes, observe: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let offset = try await begin(.writing)
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
            isCheckpointDue(unsavedBytes: writer.written - writer.durable)
        {
            _ = try await checkpoint()
        }
    }

    /// Bounds the loss by a crash, in bytes for fast bodies and in time for slow ones.
    private func isCheckpointDue(unsavedBytes: UInt64) -> Bool {
        if unsavedBytes >= compat.limits.checkpointBytes { return true }
        let now = compat.clock.uptimeMilliseconds()
        return held.withLock { held in
            unsavedBytes > 0 && now - held.savedAt >= compat.limits.checkpointIntervalMilliseconds
        }
    }

    /// See `UploadWriter.checkpoint`.
    @discardableResult
    package func checkpoint() async throws(UploadError) -> UInt64 {
        guard case .append(_, isAllOrNothing: false) = work else { return compat.durableOffset(upload, number) }
        _ = try await begin(.saving)
        do {
            try await save()
        } catch {
            compat.endCall(upload, number, .failed(error))
            throw error
        }
        return compat.endCall(upload, number, .wrote(0))?.durable ?? 0
    }

    /// Makes the written bytes durable for a status request, which has begun this call. A failure ends the writer, as in a call
    /// of its own user.
    func checkpointForStatus() async {
        do throws(UploadError) {
            try await save()
            compat.endCall(upload, number, .wrote(0))
        } catch {
            compat.endCall(upload, number, .failed(error))
        }
    }

    /// See `UploadWriter.durableOffset`.
    package var durableOffset: UInt64 { compat.durableOffset(upload, number) }

    /// See `UploadWriter.stopReason`.
    package func stopReason() async -> UploadError? {
        await compat.stopReason(upload, number)
    }

    func begin(_ activity: WriterState.Activity) async throws(UploadError) -> UInt64 {
        try await compat.beginCall(upload, number, activity)
    }

    private func requireRoom(for count: Int, at offset: UInt64) throws(UploadError) {
        let end = offset + UInt64(count)
        try Limits.require(end, atMost: max(compat.limits.uploadBytesMax, offset), .uploadBytes)
        guard end > work.range.upperBound else { return }
        throw UploadError(.sizeMismatch(expected: UInt64(work.range.count), actual: end - work.range.lowerBound))
    }
}
