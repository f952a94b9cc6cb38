import CatalogueRows
import SessionCore
import UploadCore

extension Queries {
    func record(
        _ piece: DurablePiece, of id: SessionId, seen: Timestamp, _ admission: Admission
    ) throws(UploadError) {
        let upload = try requirePending(id)
        try admission.checkAccess(try requireCapsule(upload.capsule))
        let unsized = try unsizedBytes(of: upload, with: piece)
        try requireRoom(for: upload, toCount: piece.length ?? unsized, admission.allowance)
        var offset = upload.offset
        switch piece.place {
        case .chunk(let index):
            if try insertChunk(index, of: upload.seq), upload.storage == .catalogue, let (start, bytes) = piece.bytes {
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
        try connection.run(
            """
            UPDATE uploads SET tail_checksum = CASE WHEN ?2 > offset THEN ?5 ELSE tail_checksum END, offset = ?2,
                length = coalesce(length, ?3), last_seen = max(last_seen, ?4), unsized_bytes = ?6,
                prefix_hash = coalesce(?7, prefix_hash)
            WHERE seq = ?1
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
            "SELECT prefix_hash FROM uploads WHERE seq = ?1", upload.seq
        ) { row throws(UploadError) in try row.next(SHA256Midstate?.self) }
        guard let new = hash.chunks(of: upload.chunkSize ?? 1, after: known ?? nil) else { return nil }
        let isDurable = upload.chunkSize == nil ? hash.byteCount <= offset : try holds(new, of: upload.seq)
        return isDurable ? hash : nil
    }

    private func holds(_ chunks: Range<UInt64>, of seq: Int64) throws(UploadError) -> Bool {
        try LedgerPosition.holds(chunks) { page throws(UploadError) in try bits(of: page, seq) ?? [] }
    }

    /// The durable bytes of an upload of unknown length once a piece is recorded; 0 if its length is known.
    private func unsizedBytes(of upload: UploadHead, with piece: DurablePiece) throws(UploadError) -> UInt64 {
        guard upload.length == nil else { return 0 }
        switch piece.place {
        case .append(let end): return max(upload.offset, end)
        case .chunk(let index):
            let bytes =
                try connection.first(
                    "SELECT unsized_bytes FROM uploads WHERE seq = ?1", upload.seq
                ) { row throws(UploadError) in try row.next(UInt64.self) } ?? 0
            let position = LedgerPosition(chunk: index)
            let isMissing = !position.isSet(in: try bits(of: position.page, upload.seq) ?? [])
            return isMissing ? bytes + (upload.chunkSize ?? 0) : bytes
        }
    }

    /// - Returns: Whether the chunk was missing.
    private func insertChunk(_ index: UInt64, of seq: Int64) throws(UploadError) -> Bool {
        let position = LedgerPosition(chunk: index)
        let bits = try bits(of: position.page, seq) ?? []
        guard !position.isSet(in: bits) else { return false }
        try writeBits(bits.setting(position), of: position.page, seq)
        return true
    }

    private func bits(of page: UInt64, _ seq: Int64) throws(UploadError) -> [UInt8]? {
        try connection.first(
            "SELECT bits FROM ledger WHERE upload = ?1 AND page = ?2", seq, page
        ) { row throws(UploadError) in try row.next() }
    }

    private func writeBits(_ bits: [UInt8], of page: UInt64, _ seq: Int64) throws(UploadError) {
        try connection.run("INSERT OR REPLACE INTO ledger (upload, page, bits) VALUES (?1, ?2, ?3)", seq, page, bits)
    }

    func forgetPieces(of id: SessionId, in ranges: [Range<UInt64>]) throws(UploadError) {
        guard let upload = try head(id), upload.status.isPending else { return }
        let ranges = ranges.filter { !$0.isEmpty }
        guard let chunkSize = upload.chunkSize else {
            guard let start = ranges.map(\.lowerBound).min() else { return }
            return try lowerOffset(of: upload, to: start)
        }
        for range in ranges where range.lowerBound < upload.length ?? .max {
            try forgetChunks(range.blocks(of: chunkSize), of: upload)
        }
    }

    private func forgetChunks(_ chunks: Range<UInt64>, of upload: UploadHead) throws(UploadError) {
        let (first, last) = (LedgerPosition(chunk: chunks.lowerBound), LedgerPosition(chunk: chunks.upperBound - 1))
        try connection.run("UPDATE uploads SET prefix_hash = NULL WHERE seq = ?1", upload.seq)
        let pages = try connection.all(
            "SELECT page, bits FROM ledger WHERE upload = ?1 AND page >= ?2 AND page <= ?3", upload.seq, first.page,
            last.page
        ) { row throws(UploadError) in (page: try row.next(UInt64.self), bits: try row.next([UInt8].self)) }
        for (page, bits) in pages {
            let kept = bits.clearing(chunks, ofPage: page)
            try writeBits(kept, of: page, upload.seq)
            if upload.length == nil {
                let forgotten = UInt64(bits.setBitCount - kept.setBitCount) * (upload.chunkSize ?? 0)
                try connection.run(
                    "UPDATE uploads SET unsized_bytes = max(0, unsized_bytes - ?2) WHERE seq = ?1", upload.seq,
                    forgotten)
            }
        }
        guard upload.storage == .catalogue, let chunkSize = upload.chunkSize else { return }
        let (end, overflow) = chunks.upperBound.multipliedReportingOverflow(by: chunkSize)
        try deleteBytes(of: upload.seq, in: chunks.lowerBound * chunkSize..<(overflow ? .max : end))
    }

    /// Lowers the offset to the start of a block, up to which the checksums are known.
    private func lowerOffset(of upload: UploadHead, to size: UInt64) throws(UploadError) {
        guard size < upload.offset else { return }
        let kept = size - size % SessionLayout.append.blockBytes
        try connection.run(
            "UPDATE uploads SET offset = ?2, tail_checksum = ?3, prefix_hash = NULL WHERE seq = ?1", upload.seq, kept,
            Checksum.empty)
        try cutBytes(of: upload.seq, to: kept)
    }
}

// MARK: - Other changes

extension Queries {
    func amend(
        _ id: SessionId, asset: AssetMetadata?, length: UInt64?, seen: Timestamp, _ admission: Admission
    ) throws(UploadError) {
        let upload = try requirePending(id)
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
        try connection.run(
            """
            UPDATE uploads SET length = coalesce(length, ?2), last_seen = max(last_seen, ?3),
                unsized_bytes = CASE WHEN ?2 IS NULL THEN unsized_bytes ELSE 0 END
            WHERE seq = ?1
            """, upload.seq, length, seen)
        guard let asset else { return }
        try connection.run(
            "UPDATE uploads SET name = ?2, content_type = ?3, opaque = ?4, modified_at = ?5 WHERE seq = ?1", upload.seq,
            asset.name, asset.contentType, asset.opaque, asset.modifiedAt)
        connection.logHoldsDeletedRows = true
    }

    func touch(_ seen: [SessionId: Timestamp]) throws(UploadError) {
        for (id, time) in seen {
            try connection.run(
                """
                UPDATE uploads SET last_seen = ?2
                WHERE id = ?1 AND last_seen < ?2 AND (state = 0 OR (state = 1 AND is_partial = 1))
                """, id, time)
        }
    }
}
