import DeliberateFaults
import SessionCore
import Synchronization

// From bytes to facts. The order is the promise: bytes, sync, catalogue, ledger in memory; then the caller is told.

extension UploadWriter {
    /// Writes, or compares, the bytes at an offset.
    func put(
        _ bytes: some BorrowedBytes, at offset: UInt64, _ observe: (@Sendable (UnsafeRawBufferPointer) -> Void)?
    ) async throws(UploadError) {
        let visit: (@Sendable (UnsafeRawBufferPointer) -> Void) = { [wholeHash, pieceHash] bytes in
            wholeHash?.update(bytes)
            pieceHash?.update(bytes)
            observe?(bytes)
        }
        if case .comparison = work {
            let isSame: Bool
            do {
                isSame = try await isStored(bytes, at: offset)
            } catch {
                try await requireStanding()
                throw error
            }
            bytes.withBytes(visit)
            guard !isSame else { return }
            try await requireStanding()
            progress.withLock { $0.differs = true }
        } else if let sink {
            try await sink.write(bytes, at: offset, visit)
        } else {
            bytes.withBytes { bytes in
                progress.withLock { $0.pending.append(contentsOf: bytes) }
                visit(bytes)
            }
        }
    }

    /// An upload that ends takes its bytes with it: what is not found then is not missing, nor different.
    private func requireStanding() async throws(UploadError) {
        guard let status = try await compat.catalogue.upload(handle.id)?.session.meta.status else {
            throw UploadError(.notFound(.upload))
        }
        switch status {
        case .pending, .committed: return
        case .aborted, .expired: throw UploadError(ended: status)
        }
    }

    private func isStored(_ bytes: some BorrowedBytes, at offset: UInt64) async throws(UploadError) -> Bool {
        if DeliberateFault.skipComparison.isOn { return true }
        if let sink { return try await sink.matches(bytes, at: offset) }
        let stored = try await compat.catalogue.catalogueBytes(handle.id, offset..<offset + UInt64(bytes.count))
        return bytes.withBytes { $0.elementsEqual(stored) }
    }

    /// Makes a chunk durable and a fact.
    func saveChunk(_ claim: Claim) async throws(UploadError) {
        guard claim.mayFallShort else { return try await confirmChunk(claim) }
        // The length is unknown: a short chunk decides it, so pieces are confirmed one at a time.
        let gate = try compat.access(handle) { live, _ in live.lengthGate }
        await gate.enter()
        defer { gate.leave() }
        try await confirmChunk(claim)
    }

    private func confirmChunk(_ claim: Claim) async throws(UploadError) {
        let (written, pending) = progress.withLock { ($0.written, $0.pending) }
        let count = written - claim.range.lowerBound
        let decidesLength = try compat.access(handle) { _, session throws(SessionError) in
            try session.checkChunk(claim.token, byteCount: count)
            return session.spec.expectedBytes == nil && count < UInt64(claim.range.count)
        }
        if !DeliberateFault.recordBeforeSync.isOn { try await sink?.sync() }
        let now = compat.clock.now()
        try await compat.catalogue.record(
            DurablePiece(
                .chunk(index: claim.index), length: decidesLength ? written : nil,
                bytes: sink == nil ? (claim.range.lowerBound, pending) : nil),
            of: handle.id, seen: now)
        if DeliberateFault.recordBeforeSync.isOn { try await sink?.sync() }
        try compat.access(handle) { [wholeHash] live, session throws(SessionError) in
            try session.confirmChunk(claim.token, byteCount: count)
            session.touch(at: now)
            live.recordedLastSeen = now
            if let wholeHash { live.hash.adopt(wholeHash.current, from: claim.range.lowerBound, through: written) }
        }
    }

    /// Makes what was appended durable and a fact.
    func saveAppend() async throws(UploadError) {
        guard case .append(let claim, _) = work else { return }
        // While the length is unknown it may be declared at any moment: one of the two comes first.
        let gate = try compat.access(handle) { live, session in
            session.spec.expectedBytes == nil ? live.lengthGate : nil
        }
        await gate?.enter()
        defer { gate?.leave() }
        try await confirmAppend(claim)
    }

    private func confirmAppend(_ claim: Claim) async throws(UploadError) {
        let (written, durable, pending) = progress.withLock { ($0.written, $0.durable, $0.pending) }
        guard written > durable else { return }
        try compat.access(handle) { _, session throws(SessionError) in
            try session.checkAppend(claim.token, through: written)
        }
        do throws(UploadError) {
            try await sink?.sync()
        } catch {
            // What a failed sync leaves is unknown: those bytes do not count and have to be sent again.
            progress.withLock { $0.written = durable }
            throw error
        }
        let now = compat.clock.now()
        try await compat.catalogue.record(
            DurablePiece(.append(through: written), bytes: sink == nil ? (durable, pending) : nil),
            of: handle.id, seen: now)
        try compat.access(handle) { [wholeHash] live, session throws(SessionError) in
            try session.confirmAppend(claim.token, through: written)
            session.touch(at: now)
            live.recordedLastSeen = now
            if let wholeHash { live.hash.adopt(wholeHash.current, from: durable, through: written) }
        }
        progress.withLock { progress in
            progress.durable = written
            progress.pending = []
        }
    }
}
