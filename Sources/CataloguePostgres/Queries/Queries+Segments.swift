import CatalogueRows
import SessionCore
import UploadCore

// What the check of a store of segments asks.
extension Queries {
    func recordedSegments(after key: ObjectKey?, limit: Int) throws(UploadError) -> [RecordedSegment] {
        try connection.all(
            "SELECT key, stop - start FROM receipts WHERE key > $1 ORDER BY key LIMIT $2", key?.digest.bytes ?? [],
            max(0, limit)
        ) { row throws(UploadError) in RecordedSegment(key: try row.next(), byteCount: try row.next()) }
    }

    func uses(of keys: [ObjectKey]) throws(UploadError) -> [SegmentUse] {
        if keys.isEmpty { return [] }
        return try connection.all(
            """
            SELECT key, id, start, stop FROM receipts JOIN uploads ON seq = upload WHERE key = ANY($1) ORDER BY key
            """, ColumnArray(keys)
        ) { row throws(UploadError) in try SegmentUse(&row) }
    }

    /// In one statement, which sees the three tables at one moment.
    func unknownSegments(among keys: [ObjectKey]) throws(UploadError) -> [ObjectKey] {
        if keys.isEmpty { return [] }
        return try connection.all(
            """
            SELECT asked.key FROM unnest($1::bytea[]) WITH ORDINALITY AS asked (key, number)
            WHERE NOT EXISTS (SELECT 1 FROM receipts WHERE receipts.key = asked.key)
                AND NOT EXISTS (SELECT 1 FROM announcements WHERE announcements.key = asked.key)
                AND NOT EXISTS (SELECT 1 FROM garbage WHERE garbage.key = asked.key)
            ORDER BY number
            """, ColumnArray(keys)
        ) { row throws(UploadError) in try row.next() }
    }

    func concatenations(
        of upload: SessionId, after id: SessionId?, limit: Int
    ) throws(UploadError) -> [SessionId] {
        try connection.all(
            """
            WITH RECURSIVE wholes (seq) AS (
                SELECT whole FROM parts WHERE source = (SELECT seq FROM uploads WHERE id = $1)
                UNION SELECT whole FROM wholes JOIN parts ON source = wholes.seq
            )
            SELECT id FROM uploads WHERE seq IN (SELECT wholes.seq FROM wholes) AND state = 1 AND id > $2
            ORDER BY id LIMIT $3
            """, upload, id?.bytes ?? [], max(0, limit)
        ) { row throws(UploadError) in try row.next() }
    }

    func uploadsWithGaps(
        after id: SessionId?, limit: Int
    ) throws(UploadError) -> (found: [SessionId], next: SessionId?) {
        let uploads = try connection.all(
            "SELECT \(UploadHead.columns) FROM uploads WHERE id > $1 ORDER BY id LIMIT $2", id?.bytes ?? [],
            max(0, limit)
        ) { row throws(UploadError) in try UploadHead(&row) }
        let examined = uploads.filter { $0.bytesOfSegments != nil }
        let sums = try connection.all(
            "SELECT object, sum(stop - start)::bigint FROM receipts WHERE object = ANY($1) GROUP BY object",
            ColumnArray(examined.map(\.key))
        ) { row throws(UploadError) in (object: try row.next(ObjectKey.self), bytes: try row.next(UInt64.self)) }
        let bytes = Dictionary(sums.map { ($0.object, $0.bytes) }) { first, _ in first }
        let found = examined.filter { $0.bytesOfSegments != bytes[$0.key, default: 0] }.map(\.id)
        return (found, uploads.count < limit ? nil : uploads.last?.id)
    }

    func forgetSegment(_ key: ObjectKey) throws(UploadError) -> Bool {
        guard let use = try uses(of: [key]).first, let upload = try head(use.upload, .update),
            upload.status.isPending,
            // It may have been released before the upload was locked.
            try uses(of: [key]).first == use
        else { return false }
        try forgetPieces(of: use.upload, in: [use.range])
        try connection.send("UPDATE uploads SET epoch = epoch + 1 WHERE seq = $1", upload.seq)
        return true
    }
}

extension UploadHead {
    /// The bytes that its segments should have together; nil if it has none, or if only its ledger tells.
    fileprivate var bytesOfSegments: UInt64? {
        guard storage == .file, !isConcatenation, !isFreed else { return nil }
        if status.isPending { return chunkSize == nil ? offset : nil }
        return length
    }
}

extension SegmentUse {
    fileprivate init(_ row: inout Row) throws(UploadError) {
        let (key, upload): (ObjectKey, SessionId) = (try row.next(), try row.next())
        let (start, stop): (UInt64, UInt64) = (try row.next(), try row.next())
        self.init(key: key, upload: upload, range: start..<max(start, stop))
    }
}
