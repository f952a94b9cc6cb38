import CatalogueRows
import DeliberateFaults
import SessionCore
import UploadCore

extension Queries {
    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, fence: Fence, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> UploadRecord {
        let unlocked = try requireHead(id)
        // The parts before their concatenation, as everywhere.
        if unlocked.isConcatenation { try lockParts(of: unlocked.seq) }
        let (current, upload) = try lockedHead(id)
        try checkAccess(try requireCapsule(upload.capsule))
        if !upload.isCommitted || upload.digest != digest {
            try upload.requirePending()
            guard current == fence || DeliberateFault.commitUnderOldEpochs.isOn else { throw UploadError(.superseded) }
            let whole = upload.isConcatenation ? try committableExtents(of: upload.seq) : nil
            let expected = whole?.length ?? upload.length ?? length
            guard length == expected else { throw UploadError(.sizeMismatch(expected: expected, actual: length)) }
            if let whole { try writeExtents(whole.extents, of: upload.seq) }
            try markCommitted(upload, length: length, digest: digest, at: now)
        }
        guard let record = try self.upload(id) else { throw UploadError(.notFound(.upload)) }
        return record
    }

    private func requireCurrent(_ fence: Fence, of seq: Int64) throws(UploadError) {
        let current = try connection.first("SELECT epoch FROM uploads WHERE seq = $1", seq) { row throws(UploadError) in
            Fence(epoch: try row.next())
        }
        guard current == fence else { throw UploadError(.superseded) }
    }

    private func markCommitted(
        _ upload: UploadHead, length: UInt64, digest: BlobDigest, at now: Timestamp
    ) throws(UploadError) {
        var parts: Int?
        if case .composite(_, let count) = digest { parts = count }
        try connection.send(
            """
            UPDATE uploads SET state = 1, state_at = $2, length = $3, appended = $4, digest = $5, digest_parts = $6,
                last_seen = greatest(last_seen, $2), unsized_bytes = 0, prefix_hash = NULL
            WHERE seq = $1
            """, upload.seq, now, length, upload.chunkSize == nil ? length : 0, digest.digest, parts)
        // The length of a committed upload implies that all its chunks are durable.
        try deleteLedger(of: upload.seq)
    }

    private func deleteLedger(of seq: Int64) throws(UploadError) {
        try connection.send("DELETE FROM ledger WHERE upload = $1", seq)
        try connection.send("DELETE FROM chunk_digests WHERE upload = $1", seq)
    }
}

extension Queries {
    func end(
        _ id: SessionId, as ending: SessionStatus, fence: Fence, unlessSeenSince: Timestamp?
    ) throws(UploadError) -> [ObjectKey] {
        switch ending {
        case .aborted, .expired: break
        case .pending, .committed: throw UploadError(.invalidArgument("ending", "must be aborted or expired"))
        }
        guard let upload = try lockForEnding([id]).first else { throw UploadError(.notFound(.upload)) }
        if upload.isEnded { return [] }
        if upload.isBlob { throw UploadError(.committed) }
        if upload.status.isPending { try requireCurrent(fence, of: upload.seq) }
        if let unlessSeenSince, upload.lastSeen >= unlessSeenSince { throw UploadError(.superseded) }
        if upload.isCommitted, try isCountedOnByPending(upload.seq) {
            throw UploadError(.inUse(by: .pendingConcatenation))
        }
        return try end(upload, as: ending)
    }

    func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        guard let upload = try lockForEnding([id.value]).first, upload.isBlob else {
            throw UploadError(.notFound(.blob))
        }
        try checkAccess(try requireCapsule(upload.capsule))
        guard try !isInUse(id) else { throw UploadError(.inUse(by: .memory)) }
        return try end(upload, as: .aborted(at: now))
    }

    /// Locks uploads and, before them, everything that they consist of: ending a concatenation may free the bytes of its
    /// parts. None of the rows that triggers change is locked before all of these.
    ///
    /// - Returns: Those of `ids` that exist, in their order.
    func lockForEnding(_ ids: [SessionId]) throws(UploadError) -> [UploadHead] {
        if ids.isEmpty { return [] }
        // The planner expects thousands of rows from a recursion, for which it would scan the tables sequentially. With OFFSET 0 and
        // an array it looks each row up.
        let locked = try connection.all(
            """
            WITH RECURSIVE needed (seq) AS (
                SELECT seq FROM uploads WHERE id = ANY($1)
                UNION SELECT source FROM needed, LATERAL (
                    SELECT source FROM parts WHERE whole = needed.seq OFFSET 0) AS parts
            )
            SELECT \(UploadHead.columns) FROM uploads WHERE seq = ANY(ARRAY(SELECT needed.seq FROM needed))
            ORDER BY seq FOR UPDATE
            """, ColumnArray(ids)
        ) { row throws(UploadError) in try UploadHead(&row) }
        let heads = Dictionary(locked.map { ($0.id, $0) }) { first, _ in first }
        return ids.compactMap { heads[$0] }
    }

    /// Ends a pending or committed upload and frees the bytes that only it referred to. All of them are locked.
    func end(_ upload: UploadHead, as ending: SessionStatus) throws(UploadError) -> [ObjectKey] {
        // Drops the metadata that no answer about an ended upload needs.
        try connection.send(
            """
            UPDATE uploads SET state = $2, state_at = $3, appended = 0, unsized_bytes = 0, idempotency_key = NULL,
                fingerprint = NULL, expected_digest = NULL, content_type = '', name = '', opaque = '',
                modified_at = NULL, companions = NULL, prefix_hash = NULL
            WHERE seq = $1
            """, upload.seq, UploadFilter.State(ending), ending.time)
        try deleteLedger(of: upload.seq)
        var freed: [ObjectKey] = []
        var ended: [Int64] = [upload.seq]
        // Ended sources kept their bytes for their concatenations; this one may have been the last. A level of sources takes
        // a constant number of statements.
        while !ended.isEmpty {
            let unneeded = try unneeded(ended)
            ended = try sources(of: unneeded.filter(\.isConcatenation).map(\.seq))
            freed += try free(unneeded)
        }
        return freed
    }
}

// MARK: - Freeing bytes

extension Queries {
    /// Those of these uploads that have ended, whose bytes are not freed and not referred to by a concatenation. An
    /// uncommitted part is always unneeded: its concatenations cannot be committed any more.
    private func unneeded(_ numbers: [Int64]) throws(UploadError) -> [UploadHead] {
        try connection.all(
            """
            SELECT \(UploadHead.columns) FROM uploads
            WHERE seq = ANY($1) AND state > 1 AND NOT is_freed
                AND (digest IS NULL OR \(DeliberateFault.releaseSharedSegments.isOn)
                    OR NOT EXISTS (SELECT 1 FROM parts WHERE source = seq))
            ORDER BY seq
            """, ColumnArray(numbers)
        ) { row throws(UploadError) in try UploadHead(&row) }
    }

    private func sources(of wholes: [Int64]) throws(UploadError) -> [Int64] {
        if wholes.isEmpty { return [] }
        return try connection.all(
            "SELECT DISTINCT source FROM parts WHERE whole = ANY($1)", ColumnArray(wholes)
        ) { row throws(UploadError) in try row.next() }
    }

    /// - Returns: The keys of the uploads' segments; that of an upload's object if none was recorded; none of bytes that are
    ///   elsewhere.
    private func free(_ uploads: [UploadHead]) throws(UploadError) -> [ObjectKey] {
        if uploads.isEmpty { return [] }
        let all = ColumnArray(uploads.map(\.seq))
        // Drops what a concatenation would need to read the bytes.
        try connection.send(
            """
            UPDATE uploads SET is_freed = true, provisional_memory = '', digest = NULL, digest_parts = NULL,
                tail_checksum = NULL
            WHERE seq = ANY($1)
            """, all)
        let wholes = uploads.filter(\.isConcatenation)
        if !wholes.isEmpty {
            try connection.send("DELETE FROM parts WHERE whole = ANY($1)", ColumnArray(wholes.map(\.seq)))
            try connection.send("DELETE FROM concatenations WHERE whole = ANY($1)", ColumnArray(wholes.map(\.seq)))
        }
        let own = uploads.filter { !$0.isConcatenation }
        if own.contains(where: { $0.storage == .catalogue }) {
            try connection.send("DELETE FROM bytes WHERE upload = ANY($1)", all)
        }
        let objects = own.filter { $0.storage == .file }.map(\.key)
        if objects.isEmpty { return [] }
        try connection.send("DELETE FROM checksums WHERE upload = ANY($1)", all)
        let segments = try releaseReceipts(of: objects, in: 0..<UInt64(Int64.max))
        let objectsOfSegments = Set(segments.map(\.object))
        let others = objects.filter { !objectsOfSegments.contains($0) }
        if !others.isEmpty {
            try connection.send(
                "INSERT INTO garbage (key) SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING", ColumnArray(others))
        }
        return (rules.firstRemovalDelay > 0 ? [] : segments.map(\.key)) + others
    }
}
