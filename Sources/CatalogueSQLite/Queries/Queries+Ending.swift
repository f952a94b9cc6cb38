import CatalogueRows
import DeliberateFaults
import SessionCore
import UploadCore
import UploadMemories

extension Queries {
    func commit(
        _ id: SessionId, length: UInt64, digest: BlobDigest, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> UploadRecord {
        let upload = try requireHead(id)
        try checkAccess(try requireCapsule(upload.capsule))
        if !upload.isCommitted || upload.digest != digest {
            try upload.requirePending()
            let whole = upload.isConcatenation ? try committableExtents(of: upload.seq) : nil
            let expected = whole?.length ?? upload.length ?? length
            guard length == expected else { throw UploadError(.sizeMismatch(expected: expected, actual: length)) }
            if let whole { try writeExtents(whole.extents, of: upload.seq) }
            try markCommitted(upload, length: length, digest: digest, at: now)
        }
        guard let record = try self.upload(id) else { throw UploadError(.notFound(.upload)) }
        return record
    }

    private func markCommitted(
        _ upload: UploadHead, length: UInt64, digest: BlobDigest, at now: Timestamp
    ) throws(UploadError) {
        var parts: Int?
        if case .composite(_, let count) = digest { parts = count }
        try connection.run(
            """
            UPDATE uploads SET state = 1, state_at = ?2, length = ?3, offset = ?4, digest = ?5, digest_parts = ?6,
                last_seen = max(last_seen, ?2), unsized_bytes = 0, prefix_hash = NULL
            WHERE seq = ?1
            """, upload.seq, now, length, upload.chunkSize == nil ? length : 0, digest.digest, parts)
        // The length of a committed upload implies that all its chunks are durable.
        try connection.run("DELETE FROM ledger WHERE upload = ?1", upload.seq)
    }
}

extension Queries {
    func end(
        _ id: SessionId, as ending: SessionStatus, unlessSeenSince: Timestamp?
    ) throws(UploadError) -> [ObjectKey] {
        switch ending {
        case .aborted, .expired: break
        case .pending, .committed: throw UploadError(.invalidArgument("ending", "must be aborted or expired"))
        }
        let upload = try requireHead(id)
        if upload.isEnded { return [] }
        if upload.isBlob { throw UploadError(.committed) }
        if let unlessSeenSince, upload.lastSeen >= unlessSeenSince { throw UploadError(.superseded) }
        if upload.isCommitted, try isCountedOnByPending(upload.seq) {
            throw UploadError(.inUse(by: .pendingConcatenation))
        }
        return try end(upload, as: ending)
    }

    func deleteBlob(
        _ id: BlobId, at now: Timestamp, checkAccess: AccessCheck
    ) throws(UploadError) -> [ObjectKey] {
        guard let upload = try head(id.value), upload.isBlob else { throw UploadError(.notFound(.blob)) }
        try checkAccess(try requireCapsule(upload.capsule))
        guard try !isInUse(id) else { throw UploadError(.inUse(by: .memory)) }
        return try end(upload, as: .aborted(at: now))
    }

    /// Ends a pending or committed upload and frees the bytes that only it referred to.
    func end(_ upload: UploadHead, as ending: SessionStatus) throws(UploadError) -> [ObjectKey] {
        let isLong = try connection.exists(
            "SELECT 1 FROM uploads WHERE seq = ?1 AND length(name) + length(opaque) > 500", upload.seq)
        try connection.run(
            DeliberateFault.keepMetadata.isOn ? Self.endStatementKeepingMetadata : Self.endStatement, upload.seq,
            UploadFilter.State(ending), ending.time)
        if isLong { try moveRow(of: upload.seq) }
        try connection.run("DELETE FROM ledger WHERE upload = ?1", upload.seq)
        var freed: [ObjectKey] = []
        var ended: [Int64] = [upload.seq]
        while let seq = ended.popLast() {
            guard let upload = try unneeded(seq) else { continue }
            let sources = upload.isConcatenation ? try sources(of: seq) : []
            if let key = try free(upload) { freed.append(key) }
            // Ended sources kept their bytes for their concatenations; this one may have been the last.
            ended += sources.reversed()
        }
        return freed
    }
}

// MARK: - What an ended upload keeps

extension Queries {
    /// Drops the metadata that no answer about an ended upload needs.
    private static let endStatement = """
        UPDATE uploads SET state = ?2, state_at = ?3, offset = 0, unsized_bytes = 0, idempotency_key = NULL,
            fingerprint = x'', expected_digest = NULL, content_type = '', name = '', opaque = '', modified_at = NULL,
            companions = NULL, prefix_hash = NULL
        WHERE seq = ?1
        """
    private static let endStatementKeepingMetadata =
        "UPDATE uploads SET state = ?2, state_at = ?3, offset = 0, fingerprint = x'' WHERE seq = ?1"
    /// Drops what a concatenation would need to read the bytes, the key of their file included.
    private static let freeStatement = """
        UPDATE uploads SET is_freed = 1, provisional_memory = '', digest = NULL, digest_parts = NULL, tail_checksum = NULL
        WHERE seq = ?1
        """
}

extension Queries {
    /// Deletes a row that has become short, and inserts it again. SQLite merges pages after a deletion only: otherwise
    /// each short row would keep the page that it filled when it was long.
    private func moveRow(of seq: Int64) throws(UploadError) {
        try connection.run("CREATE TEMP TABLE IF NOT EXISTS moved AS SELECT * FROM uploads LIMIT 0")
        try connection.run("INSERT INTO moved SELECT * FROM uploads WHERE seq = ?1", seq)
        try connection.run("DELETE FROM uploads WHERE seq = ?1", seq)
        try connection.run("INSERT INTO uploads SELECT * FROM moved")
        try connection.run("DELETE FROM moved")
    }
}

// MARK: - Freeing bytes

extension Queries {
    /// An ended upload whose bytes are not freed and not referred to by a concatenation; nil otherwise. An uncommitted
    /// part is always unneeded: its concatenations cannot be committed any more.
    private func unneeded(_ seq: Int64) throws(UploadError) -> UploadHead? {
        let upload = try connection.first(
            "SELECT \(UploadHead.columns) FROM uploads WHERE seq = ?1", seq
        ) { row throws(UploadError) in try UploadHead(&row) }
        guard let upload, upload.isEnded, !upload.isFreed else { return nil }
        if upload.digest != nil, try isReferredTo(seq), !DeliberateFault.forgetReferences.isOn { return nil }
        return upload
    }

    func sources(of seq: Int64) throws(UploadError) -> [Int64] {
        try connection.all(
            "SELECT source FROM parts WHERE whole = ?1 ORDER BY position", seq
        ) { row throws(UploadError) in try row.next() }
    }

    /// - Returns: The key of the upload's file, which may not exist; nil if its bytes are elsewhere.
    private func free(_ upload: UploadHead) throws(UploadError) -> ObjectKey? {
        try connection.run(Self.freeStatement, upload.seq)
        if upload.isConcatenation {
            try connection.run("DELETE FROM parts WHERE whole = ?1", upload.seq)
            try connection.run("DELETE FROM concatenations WHERE whole = ?1", upload.seq)
            return nil
        }
        switch upload.storage {
        case .catalogue:
            try deleteBytes(of: upload.seq)
            return nil
        case .file:
            try connection.run("DELETE FROM checksums WHERE upload = ?1", upload.seq)
            try connection.run("INSERT INTO garbage (key) VALUES (?1) ON CONFLICT DO NOTHING", upload.key)
            return upload.key
        }
    }

    func garbage(limit: Int) throws(UploadError) -> [ObjectKey] {
        try connection.all(
            "SELECT key FROM garbage ORDER BY seq LIMIT ?1", max(0, limit)
        ) { row throws(UploadError) in try row.next() }
    }

    func forgetGarbage(_ keys: [ObjectKey]) throws(UploadError) {
        for key in keys { try connection.run("DELETE FROM garbage WHERE key = ?1", key) }
    }

    /// Lists keys after all others, in their order.
    func postponeGarbage(_ keys: [ObjectKey]) throws(UploadError) {
        for key in keys {
            try connection.run("UPDATE garbage SET seq = (SELECT max(seq) FROM garbage) + 1 WHERE key = ?1", key)
        }
    }
}
