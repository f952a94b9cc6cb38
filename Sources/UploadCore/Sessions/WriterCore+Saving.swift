import DeliberateFaults
import SessionCore
import Synchronization

extension WriterCore {
    /// Writes, or compares, the bytes at an offset.
    func put(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ observe: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let visit: (@Sendable (UnsafeRawBufferPointer) -> Void) = { [wholeHash, pieceHash, checksums] bytes in
            if let wholeHash, let pieceHash {
                RunningHash.update(wholeHash, bytes, pieceHash, bytes)
            } else {
                (wholeHash ?? pieceHash)?.update(bytes)
            }
            checksums?.update { $0.update(bytes) }
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
    ///
    /// - Parameter isPending: Whether a commit by another engine is an end, too.
    func requireStanding(ofPending isPending: Bool = false) async throws(UploadError) {
        guard let end = try await compat.recordedEnd(of: upload.id, ofPending: isPending) else { return }
        try lose(end)
    }

    /// Has memory read the upload from the catalogue at the next call.
    func lose(_ error: UploadError) throws(UploadError) -> Never {
        compat.applyToState(upload) { upload in upload.state.lose(error) }
        throw error
    }

    /// Makes written bytes durable and records them. Durability depends on the order: bytes, sync, catalogue, ledger in
    /// memory, acknowledgement.
    func save() async throws(UploadError) {
        try await compat.withTicket(upload) { ticket throws(UploadError) in
            let save = try await compat.applyWhenPossible(upload, ticket) { upload, session throws(SessionError) in
                try upload.state.beginSave(number, session, ticket)
            }
            if let save { try await self.save(save, ticket) }
        }
    }

    private func save(_ save: UploadState.Save, _ ticket: Ticket) async throws(UploadError) {
        let unsaved = held.withLock { $0.unsaved }
        // A wrong checksum would make good bytes count as damaged: rather none than one of other bytes.
        let seen = checksums?.current
        let blocks = seen?.position == save.range.upperBound ? seen : nil
        let receipts = DeliberateFault.recordBeforeSync.isOn ? [] : try await sync(ticket)
        let hash = hash(through: save.range.upperBound)
        let now = compat.clock.now()
        let piece = DurablePiece(
            save, bytes: sink == nil ? unsaved : nil, receipts: receipts,
            digest: compat.blobs.givesReceipts ? pieceHash?.digest : nil, blocks,
            prefixHash: sink == nil ? nil : try prefixHash(hash))
        try await compat.recording(upload) { fence throws(UploadError) in
            try await compat.catalogue.record(
                piece, of: upload.id, fence: fence, seen: now,
                admission: Admission(checkAccess: checkAccess, allowance: compat.limits.allowance))
        }
        if DeliberateFault.recordBeforeSync.isOn { _ = try await sync(ticket) }
        try compat.apply(upload) { [number] upload, session throws(SessionError) in
            try upload.state.saved(number, save, &session, ticket)
            session.touch(at: now)
            upload.recordedLastSeen = now
            if case .append = save.work { upload.tailChecksum = blocks?.current }
            guard let hash else { return }
            upload.hash.adopt(
                hash, from: save.range.lowerBound, through: save.range.upperBound, block: blocks?.current)
        }
        checksums?.update { $0.removeCompleted() }
        let uptime = compat.clock.uptimeMilliseconds()
        held.withLock { held in
            held.unsaved = []
            held.savedAt = uptime
        }
    }

    /// The hash of the upload through the end of a piece; nil unless the piece starts where the hash of the durable bytes
    /// ends. A write that failed may have hashed bytes that do not count.
    private func hash(through end: UInt64) -> SHA256Hasher? {
        guard let hasher = wholeHash?.current else { return nil }
        let isFaulty = DeliberateFault.adoptHashOfFailure.isOn || DeliberateFault.hashInArrivalOrder.isOn
        return hasher.byteCount == end || isFaulty ? hasher : nil
    }

    /// The longest known hash of the upload's first bytes.
    private func prefixHash(_ own: SHA256Hasher?) throws(UploadError) -> SHA256Midstate? {
        if let own { return own.midstate }
        return try compat.apply(upload) { upload, _ in upload.hash.midstate }
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
    ///   - blocks: The checksums of its blocks so far.
    fileprivate init(
        _ save: UploadState.Save, bytes: [UInt8]?, receipts: [StorageReceipt], digest: Digest?,
        _ blocks: BlockChecksummer?, prefixHash: SHA256Midstate?
    ) {
        let isChunk: Bool
        let place: Place
        switch save.work {
        case .chunk(let claim): (isChunk, place) = (true, .chunk(index: claim.index))
        case .append, .comparison: (isChunk, place) = (false, .append(through: save.range.upperBound))
        }
        self.init(
            place, length: save.decidesLength ? save.range.upperBound : nil,
            bytes: bytes.map { (save.range.lowerBound, $0) }, receipts: receipts, digest: isChunk ? digest : nil,
            checksums: blocks?.checksums(ofChunk: isChunk) ?? [], tailChecksum: isChunk ? nil : blocks?.current,
            prefixHash: prefixHash)
    }
}
