import struct Crypto.SHA256
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
    /// - Throws: `unavailable` for damaged blocks; they are missing from then on, for the client to send them again.
    func hashPrefix(_ reference: ActiveUploadReference, atMost budget: UInt64 = .max) async throws(UploadError) {
        var left = budget
        while left > 0 {
            let (hash, end, meta, layout) = try apply(reference) { upload, session in
                (upload.hash, session.contiguousBytes, upload.meta, session.spec.layout)
            }
            guard hash.position < end else { return }
            let step = layout.verificationStep(
                in: hash.position..<hash.position + min(end - hash.position, limits.scanStepBytes, left))
            let recorded = try await checksums(of: meta, in: step)
            let running = RunningHash(hash.hasher)
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

    /// The SHA-256 of all bytes of extents, read from where they are stored.
    func digest(of extents: [Extent]) async throws(UploadError) -> Digest {
        let running = RunningHash(.init())
        for extent in extents where extent.length > 0 {
            try await scan((extent.source, extent.storage, extent.key), 0..<extent.length) { running.update($0) }
        }
        return running.digest
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
