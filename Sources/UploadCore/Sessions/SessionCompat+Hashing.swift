import DeliberateFaults
import SessionCore

extension SessionCompat {
    /// Advances the hash over the durable prefix, unless the upload is being hashed, finished or ended. Bytes that
    /// cannot be read now are read when the upload is finished.
    func advanceHash(_ reference: ActiveUploadReference, atMost budget: UInt64) async {
        // Pieces in order leave nothing to read.
        let isBehind = try? apply(reference) { upload, session in upload.hash.position < session.contiguousBytes }
        guard isBehind == true else { return }
        try? await withTicket(reference) { ticket throws(UploadError) in
            guard try apply(reference, { upload, _ in upload.state.tryExclusive(ticket) }) else { return }
            try await hashPrefix(reference, atMost: budget)
        }
    }

    /// Hashes the bytes of the durable prefix that the hash does not cover yet, and compares them with the checksums of
    /// their blocks: what was acknowledged is what is committed. The caller holds the exclusive turn.
    ///
    /// - Throws: `unavailable` for damaged blocks; they are missing from then on, for the client to send them again. The
    ///   cancellation of the task; what was read stays hashed.
    func hashPrefix(_ reference: ActiveUploadReference, atMost budget: UInt64 = .max) async throws(UploadError) {
        var left = budget
        while left > 0 {
            if Task.isCancelled { throw UploadError(.cancelled) }
            let (hash, end, meta, layout) = try apply(reference) { upload, session in
                (upload.hash, session.contiguousBytes, upload.meta, session.spec.layout)
            }
            guard hash.position < end else { return }
            let step = layout.verificationStep(
                in: hash.position..<hash.position + min(end - hash.position, limits.scanStepBytes, left))
            let recorded = try await checksums(of: meta, in: step)
            let running = RunningHash(hash.hasher, pairing: pairing(for: [meta.storage]))
            let blocks = Running(
                BlockVerifier(
                    blockBytes: layout.blockBytes, position: step.lowerBound, current: hash.block, end: end))
            try await scan(meta, step) { bytes in
                running.update(bytes)
                if let recorded { blocks.update { $0.update(bytes, recorded) } }
            }
            let verified = blocks.current
            if !verified.damaged.isEmpty { throw try await forget(verified.damaged, of: reference, layout) }
            try apply(reference) { upload, _ in
                upload.hash.adopt(
                    running.current, from: step.lowerBound, through: step.upperBound, block: verified.current)
            }
            left -= UInt64(step.count)
        }
    }

    /// How bytes that `scan` visits are hashed: those in the catalogue on the thread of the caller, which must not block.
    private func pairing(for storages: [Storage]) -> (any HashPairing)? {
        storages.allSatisfy { $0 == .file } ? blobs.hashPairing : nil
    }

    /// Visits the bytes of one upload, in a file or in the catalogue.
    func scan(
        _ meta: UploadSessionMeta, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        try await scan(Extent.place(meta), range, visit)
    }

    func scan(
        _ place: (source: SessionId, storage: Storage, key: ObjectKey), _ range: Range<UInt64>,
        _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        switch place.storage {
        case .file: try await blobs.scan(place.key, range, visit)
        case .catalogue:
            let bytes = try await catalogue.catalogueBytes(place.source, range)
            guard bytes.count == range.count else {
                throw UploadError(.storeCorrupt(detail: "\(place.source.text): \(bytes.count) bytes at \(range)"))
            }
            bytes.withBytes(visit)
        }
    }

    /// The SHA-256 of all bytes of a concatenation whose parts are committed. It never changes: computed once, in a turn
    /// of the caller, and kept in the catalogue.
    ///
    /// - Throws: `store_corrupt` for damaged bytes; the cancellation of the task.
    func wholeDigest(
        of id: SessionId, _ extents: [Extent], by caller: Principal
    ) async throws(UploadError) -> Digest {
        if let kept = try await catalogue.wholeDigest(of: id) { return kept }
        return try await inTurn(of: caller, reading: extents.reduce(0) { $0 + $1.length }) {
            () throws(UploadError) in
            // Another call may have computed it during the wait.
            if let kept = try await catalogue.wholeDigest(of: id) { return kept }
            let digest = try await digest(of: extents, comparingBlocks: true)
            // If this fails, the next call reads the bytes again.
            if !DeliberateFault.forgetWholeDigests.isOn { try? await catalogue.keepWholeDigest(digest, of: id) }
            return digest
        }
    }

    /// Runs a read for a digest, a long one in a turn of the caller.
    func inTurn<Value>(
        of caller: Principal, reading byteCount: UInt64, _ body: () async throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        byteCount > limits.scanStepBytes ? try await hashings.take(of: caller, body) : try await body()
    }

    /// The SHA-256 of all bytes of extents, read from where they are stored.
    ///
    /// - Parameter comparesBlocks: Whether to compare them with the checksums of their blocks.
    /// - Throws: `store_corrupt` for damaged bytes; the cancellation of the task.
    func digest(
        of extents: [Extent], comparingBlocks comparesBlocks: Bool = false
    ) async throws(UploadError) -> Digest {
        let running = RunningHash(SHA256Hasher(), pairing: pairing(for: extents.map(\.storage)))
        for extent in extents where extent.length > 0 {
            try await update(running, with: extent, comparingBlocks: comparesBlocks)
        }
        return running.digest
    }

    private func update(
        _ running: RunningHash, with extent: Extent, comparingBlocks comparesBlocks: Bool
    ) async throws(UploadError) {
        let place = (extent.source, extent.storage, extent.key)
        var layout: SessionLayout?
        if comparesBlocks, extent.storage == .file {
            layout = try await catalogue.checksums(of: extent.source, in: 0..<1)?.layout
        }
        let blocks = layout.map {
            Running(BlockVerifier(blockBytes: $0.blockBytes, position: 0, end: extent.length))
        }
        var position: UInt64 = 0
        while position < extent.length {
            if Task.isCancelled { throw UploadError(.cancelled) }
            var step = position..<min(extent.length, position + limits.scanStepBytes)
            if let layout { step = layout.verificationStep(in: step) }
            let recorded = layout == nil ? nil : try await catalogue.checksums(of: extent.source, in: step)
            try await scan(place, step) { bytes in
                running.update(bytes)
                if let recorded { blocks?.update { $0.update(bytes, recorded) } }
            }
            if let block = blocks?.current.damaged.first {
                throw UploadError(
                    .storeCorrupt(detail: "\(extent.source.text): the stored bytes of block \(block) are damaged"))
            }
            position = step.upperBound
        }
    }
}

extension Extent {
    /// The extent of a committed upload's own bytes; empty without bytes.
    static func own(of record: UploadRecord) -> [Extent] {
        guard let digest = record.digest, let length = record.session.spec.expectedBytes, length > 0 else { return [] }
        return [
            Extent(
                source: record.id, storage: record.meta.storage, key: record.meta.key, length: length,
                digest: digest.digest)
        ]
    }

    static func place(_ meta: UploadSessionMeta) -> (source: SessionId, storage: Storage, key: ObjectKey) {
        (meta.session, meta.storage, meta.key)
    }
}
