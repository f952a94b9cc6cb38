import CatalogueRows
import DeliberateFaults
import SessionCore
import UploadCore

extension Queries {
    func record(
        _ piece: DurablePiece, of id: SessionId, fence: Fence, seen: Timestamp, _ admission: Admission
    ) throws(UploadError) {
        try lockPrincipals(ofUnsized: id)
        let upload = try requirePending(id, fence)
        try admission.checkAccess(try requireCapsule(upload.capsule))
        let isNew: Bool
        var bits: [UInt8] = []
        switch piece.place {
        case .chunk(let index):
            if DeliberateFault.replaceRecordedChunks.isOn { try forgetPieces(of: id, in: piece.receipts.map(\.range)) }
            bits = try self.bits(of: LedgerPosition(chunk: index).page, upload.seq) ?? []
            isNew = !LedgerPosition(chunk: index).isSet(in: bits)
            if !isNew, try chunkDigest(index, of: upload.seq) != piece.digest {
                throw UploadError(.chunkConflict(index: index))
            }
        case .append(let end):
            isNew = end > upload.offset
        }
        try keepReceipts(of: piece, of: upload, isNew: isNew)
        let unsized = try unsizedBytes(of: upload, with: piece, isNew: isNew)
        try requireRoom(for: upload, toCount: piece.length ?? unsized, admission.allowance)
        var offset = upload.offset
        switch piece.place {
        case .chunk(let index):
            guard isNew else { break }
            try insertChunk(index, digest: piece.digest, into: bits, of: upload.seq)
            if upload.storage == .catalogue, let (start, bytes) = piece.bytes {
                try insertBytes(bytes[...], of: upload.seq, at: start)
            }
        case .append(let end):
            offset = max(offset, end)
            if upload.storage == .catalogue, let (start, bytes) = piece.bytes {
                // Recorded bytes stay; they may be repeated in front of new ones.
                let known = min(UInt64(bytes.count), upload.offset - min(start, upload.offset))
                try insertBytes(bytes[Int(known)...], of: upload.seq, at: start + known)
            }
        }
        if upload.storage == .file { try writeChecksums(piece.checksums, of: upload.seq) }
        // A known length stays: the caller's ledger has checked the piece against it.
        try connection.send(
            """
            UPDATE uploads SET tail_checksum = CASE WHEN $2 > appended THEN $5 ELSE tail_checksum END, appended = $2,
                length = coalesce(length, $3), last_seen = greatest(last_seen, $4), unsized_bytes = $6,
                prefix_hash = coalesce($7, prefix_hash)
            WHERE seq = $1
            """, upload.seq, offset, piece.length, seen, piece.tailChecksum,
            upload.chunkSize == nil || upload.length != nil || piece.length != nil ? 0 : unsized,
            try longerPrefixHash(of: piece, upload, offset: offset))
    }

    /// The hash that is to replace the recorded one, whose bytes are durable once the piece is recorded; nil to keep that.
    private func longerPrefixHash(
        of piece: DurablePiece, _ upload: UploadHead, offset: UInt64
    ) throws(UploadError) -> SHA256Midstate? {
        guard upload.storage == .file, let hash = piece.prefixHash else { return nil }
        let known = try connection.first(
            "SELECT prefix_hash FROM uploads WHERE seq = $1", upload.seq
        ) { row throws(UploadError) in try row.next(SHA256Midstate?.self) }
        guard let new = hash.chunks(of: upload.chunkSize ?? 1, after: known ?? nil) else { return nil }
        let isDurable = upload.chunkSize == nil ? hash.byteCount <= offset : try holds(new, of: upload.seq)
        return isDurable ? hash : nil
    }

    private func holds(_ chunks: Range<UInt64>, of seq: Int64) throws(UploadError) -> Bool {
        try LedgerPosition.holds(chunks) { page throws(UploadError) in try bits(of: page, seq) ?? [] }
    }

    /// Locks the principals whose sums a piece of an upload of unknown length may raise, before the upload is locked.
    private func lockPrincipals(ofUnsized id: SessionId) throws(UploadError) {
        try connection.send(
            """
            SELECT pg_advisory_xact_lock(number) FROM (
                SELECT DISTINCT hashtextextended(principal, 0) AS number
                FROM uploads JOIN capsules ON capsules.id = capsule, unnest(ARRAY[caller, owner]) AS principal
                WHERE uploads.id = $1 AND length IS NULL AND state = 0 AND NOT is_concatenation ORDER BY number
            ) AS numbers
            """, id)
    }

    /// The durable bytes of an upload of unknown length once a piece is recorded; 0 if its length is known.
    private func unsizedBytes(
        of upload: UploadHead, with piece: DurablePiece, isNew: Bool
    ) throws(UploadError) -> UInt64 {
        guard upload.length == nil else { return 0 }
        switch piece.place {
        case .append(let end): return max(upload.offset, end)
        case .chunk:
            let bytes =
                try connection.first(
                    "SELECT unsized_bytes FROM uploads WHERE seq = $1", upload.seq
                ) { row throws(UploadError) in try row.next(UInt64.self) } ?? 0
            return isNew ? bytes + (upload.chunkSize ?? 0) : bytes
        }
    }
}

// MARK: - The ledger

extension Queries {
    func chunkDigest(_ index: UInt64, of seq: Int64) throws(UploadError) -> Digest? {
        try connection.first(
            "SELECT digest FROM chunk_digests WHERE upload = $1 AND chunk = $2", seq, index
        ) { row throws(UploadError) in try row.next() }
    }

    func chunkDigest(_ index: UInt64, of id: SessionId) throws(UploadError) -> Digest? {
        try connection.first(
            "SELECT digest FROM chunk_digests WHERE upload = (SELECT seq FROM uploads WHERE id = $1) AND chunk = $2",
            id, index
        ) { row throws(UploadError) in try row.next() }
    }

    /// - Parameter bits: Of the chunk's page, without the chunk.
    private func insertChunk(
        _ index: UInt64, digest: Digest?, into bits: [UInt8], of seq: Int64
    ) throws(UploadError) {
        let position = LedgerPosition(chunk: index)
        try writeBits(bits.setting(position), of: position.page, seq)
        guard let digest else { return }
        try connection.send(
            "INSERT INTO chunk_digests (upload, chunk, digest) VALUES ($1, $2, $3)", seq, index, digest)
    }

    private func bits(of page: UInt64, _ seq: Int64) throws(UploadError) -> [UInt8]? {
        try connection.first(
            "SELECT bits FROM ledger WHERE upload = $1 AND page = $2", seq, page
        ) { row throws(UploadError) in try row.next() }
    }

    private func writeBits(_ bits: [UInt8], of page: UInt64, _ seq: Int64) throws(UploadError) {
        try connection.send(
            """
            INSERT INTO ledger (upload, page, bits) VALUES ($1, $2, $3)
                ON CONFLICT (upload, page) DO UPDATE SET bits = excluded.bits
            """, seq, page, bits)
    }

    func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) throws(UploadError) {
        guard let upload = try head(id, .update), upload.status.isPending else { return }
        let ranges = ranges.filter { !$0.isEmpty }
        guard let chunkSize = upload.chunkSize else {
            guard let start = ranges.map(\.lowerBound).min() else { return }
            return try lowerOffset(of: upload, to: start)
        }
        for range in ranges where range.lowerBound < upload.length ?? .max {
            try forgetChunks(range.blocks(of: chunkSize), of: upload, chunkSize: chunkSize)
        }
    }

    private func forgetChunks(
        _ chunks: Range<UInt64>, of upload: UploadHead, chunkSize: UInt64
    ) throws(UploadError) {
        let (first, last) = (LedgerPosition(chunk: chunks.lowerBound), LedgerPosition(chunk: chunks.upperBound - 1))
        let pages = try connection.all(
            "SELECT page, bits FROM ledger WHERE upload = $1 AND page >= $2 AND page <= $3", upload.seq, first.page,
            last.page
        ) { row throws(UploadError) in (page: try row.next(UInt64.self), bits: try row.next([UInt8].self)) }
        try connection.send("UPDATE uploads SET prefix_hash = NULL WHERE seq = $1", upload.seq)
        for (page, bits) in pages {
            let kept = bits.clearing(chunks, ofPage: page)
            try writeBits(kept, of: page, upload.seq)
            if upload.length == nil {
                let forgotten = UInt64(bits.setBitCount - kept.setBitCount) * chunkSize
                try connection.send(
                    "UPDATE uploads SET unsized_bytes = greatest(0, unsized_bytes - $2) WHERE seq = $1", upload.seq,
                    forgotten)
            }
        }
        // No chunk past these can be recorded.
        let recordable = chunks.clamped(to: 0..<UInt64(Int64.max))
        try connection.send(
            "DELETE FROM chunk_digests WHERE upload = $1 AND chunk >= $2 AND chunk < $3", upload.seq,
            recordable.lowerBound, recordable.upperBound)
        let (end, overflow) = chunks.upperBound.multipliedReportingOverflow(by: chunkSize)
        try forgetBytes(of: upload, in: chunks.lowerBound * chunkSize..<(overflow ? .max : end))
    }

    /// Lowers the offset to the start of a block, up to which the checksums are known.
    private func lowerOffset(of upload: UploadHead, to size: UInt64) throws(UploadError) {
        guard size < upload.offset else { return }
        var kept = size - size % SessionLayout.append.blockBytes
        // A segment is kept or forgotten as a whole.
        let segment = try connection.first(
            "SELECT start FROM receipts WHERE object = $1 AND start < $2 AND stop > $2", upload.key, kept
        ) { row throws(UploadError) in try row.next(UInt64.self) }
        if let segment { kept = segment }
        try connection.send(
            "UPDATE uploads SET appended = $2, tail_checksum = $3, prefix_hash = NULL WHERE seq = $1", upload.seq, kept,
            kept % SessionLayout.append.blockBytes == 0 ? Checksum.empty : nil)
        if upload.storage == .catalogue { try cutBytes(of: upload.seq, to: kept) }
        try releaseReceipts(of: [upload.key], in: kept..<UInt64(Int64.max))
    }

    private func forgetBytes(of upload: UploadHead, in range: Range<UInt64>) throws(UploadError) {
        switch upload.storage {
        case .catalogue: try deleteBytes(of: upload.seq, in: range)
        case .file: try releaseReceipts(of: [upload.key], in: range)
        }
    }
}

// MARK: - Other changes

extension Queries {
    func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, fence: Fence, seen: Timestamp, _ admission: Admission
    ) throws(UploadError) {
        if length != nil { try lockPrincipals(ofUnsized: id) }
        let upload = try requirePending(id, fence)
        try admission.checkAccess(try requireCapsule(upload.capsule))
        // Only a previously unknown length has to be checked against the ledger.
        if let length {
            if let known = upload.length {
                guard known == length else { throw UploadError(.sizeMismatch(expected: known, actual: length)) }
            } else if var session = try self.upload(id)?.session {
                do throws(SessionError) {
                    try session.declareLength(length)
                } catch {
                    throw UploadError(error, session: session)
                }
                try requireRoom(for: upload, toCount: length, admission.allowance)
            }
        }
        try connection.send(
            """
            UPDATE uploads SET length = coalesce(length, $2), last_seen = greatest(last_seen, $3),
                unsized_bytes = CASE WHEN $2 IS NULL THEN unsized_bytes ELSE 0 END
            WHERE seq = $1
            """, upload.seq, length, seen)
        guard let asset else { return }
        try connection.send(
            "UPDATE uploads SET name = $2, content_type = $3, opaque = $4, modified_at = $5 WHERE seq = $1", upload.seq,
            asset.name, asset.contentType, asset.opaque, asset.modifiedAt)
    }

    /// In one statement, which locks the rows in the order of their `seq`.
    func touch(_ seen: [SessionId: Timestamp]) throws(UploadError) {
        if seen.isEmpty { return }
        let list = Array(seen)
        try connection.send(
            """
            WITH used AS (
                SELECT uploads.seq, times.seen FROM uploads
                    JOIN unnest($1::bytea[], $2::bigint[]) AS times (id, seen) ON times.id = uploads.id
                WHERE last_seen < times.seen AND (state = 0 OR (state = 1 AND is_partial))
                ORDER BY seq FOR UPDATE OF uploads
            )
            UPDATE uploads SET last_seen = used.seen FROM used WHERE uploads.seq = used.seq
            """, ColumnArray(list.map(\.key)), ColumnArray(list.map(\.value)))
    }
}
