import CatalogueRows
import DeliberateFaults
import SessionCore
import UploadCore

// A segment's key is in one of three tables: announced, recorded, or garbage. Each step moves it within one transaction,
// so that a segment is recorded or removed, never both.
extension Queries {
    func receipts(of key: ObjectKey, in range: Range<UInt64>) throws(UploadError) -> [StorageReceipt] {
        let range = range.clamped(to: 0..<UInt64(Int64.max))
        // Receipts of an object do not overlap, so the first one needed is the last that begins at or before the range.
        return try connection.all(
            """
            SELECT start, stop, key FROM receipts
            WHERE object = $1 AND start < $3 AND stop > $2 AND start >= coalesce(
                (SELECT max(start) FROM receipts WHERE object = $1 AND start <= $2), $2)
            ORDER BY start
            """, key, range.lowerBound, range.upperBound
        ) { row throws(UploadError) in
            let (start, stop) = (try row.next(UInt64.self), try row.next(UInt64.self))
            return StorageReceipt(range: start..<max(start, stop), key: try row.next())
        }
    }

    func announce(_ keys: [ObjectKey]) throws(UploadError) {
        if keys.isEmpty { return }
        // A repetition finds its own announcements.
        try connection.send(
            "INSERT INTO announcements (key) SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING", ColumnArray(keys))
    }

    /// Records the receipts of a piece, and takes their announcements. Those of bytes that are durable already become
    /// garbage, except the ones that are recorded for them: a repeated record changes nothing.
    ///
    /// - Parameter isNew: Whether the piece adds bytes.
    /// - Throws: `unavailable` if a key is not announced; `superseded` if an append does not continue at the offset.
    func keepReceipts(of piece: DurablePiece, of upload: UploadHead, isNew: Bool) throws(UploadError) {
        if piece.receipts.isEmpty { return }
        let keys = piece.receipts.map(\.key)
        let taken = Set(
            try connection.all(
                "DELETE FROM announcements WHERE key = ANY($1) RETURNING key", ColumnArray(keys)
            ) { row throws(UploadError) in try row.next(ObjectKey.self) })
        // Those that are not announced may have been recorded by the same record before.
        let others = keys.filter { !taken.contains($0) }
        let recorded = others.isEmpty ? [] : try recordedKeys(others, of: upload.key)

        let open = piece.receipts.filter { !recorded.contains($0.key) }
        let new = open.filter { receipt in
            isNew && !(piece.place.isAppend && receipt.range.upperBound <= upload.offset)
        }
        if piece.place.isAppend, let first = new.first, first.range.lowerBound != upload.offset {
            throw UploadError(.superseded)
        }
        if let missing = new.first(where: { !taken.contains($0.key) }), !DeliberateFault.skipAnnouncements.isOn {
            throw UploadError(.unavailable(detail: "segment \(missing.key.digest.hex) is not announced any more"))
        }
        // What was neither announced nor recorded is garbage already.
        let unneeded = taken.subtracting(new.map(\.key))
        if !unneeded.isEmpty {
            try connection.send(
                "INSERT INTO garbage (key) SELECT unnest($1::bytea[]) ON CONFLICT DO NOTHING", ColumnArray(unneeded))
        }
        if new.isEmpty { return }
        try connection.send(
            """
            INSERT INTO receipts (object, upload, start, stop, key)
                SELECT $1, $2, start, stop, key
                FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) AS new (start, stop, key)
            """, upload.key, upload.seq, ColumnArray(new.map(\.range.lowerBound)),
            ColumnArray(new.map(\.range.upperBound)), ColumnArray(new.map(\.key)))
    }

    private func recordedKeys(_ keys: [ObjectKey], of object: ObjectKey) throws(UploadError) -> Set<ObjectKey> {
        Set(
            try connection.all(
                "SELECT key FROM receipts WHERE object = $1 AND key = ANY($2)", object, ColumnArray(keys)
            ) { row throws(UploadError) in try row.next(ObjectKey.self) })
    }

    /// Makes the segments of objects that begin in a range garbage, which is due after `firstRemovalDelay`.
    ///
    /// - Returns: Also those that are not due yet.
    @discardableResult
    func releaseReceipts(
        of objects: [ObjectKey], in range: Range<UInt64>
    ) throws(UploadError) -> [(object: ObjectKey, key: ObjectKey)] {
        let range = range.clamped(to: 0..<UInt64(Int64.max))
        return try connection.all(
            """
            WITH released AS (
                DELETE FROM receipts WHERE object = ANY($1) AND start >= $2 AND start < $3 RETURNING object, start, key
            ), kept AS (
                INSERT INTO garbage (key, due_at)
                    SELECT key, now() + $4 * interval '1 millisecond' FROM released ORDER BY object, start
                    LIMIT \(DeliberateFault.dropReleasedSegments.isOn ? "0" : "ALL") ON CONFLICT DO NOTHING
            )
            SELECT object, key FROM released ORDER BY object, start
            """, ColumnArray(objects), range.lowerBound, range.upperBound, rules.firstRemovalDelay
        ) { row throws(UploadError) in (object: try row.next(ObjectKey.self), key: try row.next(ObjectKey.self)) }
    }
}

// MARK: - Garbage

extension Queries {
    /// The keys that are due. Old announcements become garbage first: a record that needs one is refused from then on. Several
    /// engines may do so at once.
    func garbage(limit: Int) throws(UploadError) -> [ObjectKey] {
        let limit = max(0, limit)
        try connection.send(
            """
            WITH old AS (
                SELECT key FROM announcements WHERE at <= now() - $1 * interval '1 millisecond'
                ORDER BY at LIMIT $2 FOR UPDATE SKIP LOCKED
            ), taken AS (
                DELETE FROM announcements WHERE key IN (SELECT key FROM old) RETURNING key
            )
            INSERT INTO garbage (key) SELECT key FROM taken ON CONFLICT DO NOTHING
            """, DeliberateFault.sweepYoungAnnouncements.isOn ? 0 : rules.announcementLifetime, limit)
        return try connection.all(
            "SELECT key FROM garbage WHERE due_at <= now() ORDER BY due_at, seq LIMIT $1", limit
        ) { row throws(UploadError) in try row.next() }
    }

    /// Keys whose segments were removed are due again after each of `removalDelays`, then forgotten. A key that is not due
    /// stays as it is: a repetition is no second removal.
    func forgetGarbage(_ keys: [ObjectKey]) throws(UploadError) {
        if keys.isEmpty { return }
        try connection.send(
            """
            WITH due AS (
                SELECT key FROM garbage WHERE key = ANY($1) AND due_at <= now() ORDER BY key
                    \(DeliberateFault.countRemovalsUnlocked.isOn ? "" : "FOR UPDATE")
            ), gone AS (
                DELETE FROM garbage WHERE key IN (SELECT key FROM due) AND removals >= cardinality($2)
            )
            UPDATE garbage SET removals = removals + 1,
                due_at = now() + ($2)[removals + 1] * interval '1 millisecond'
            WHERE key IN (SELECT key FROM due) AND removals < cardinality($2)
            """, ColumnArray(keys), ColumnArray(DeliberateFault.forgetRemovedSegments.isOn ? [] : rules.removalDelays))
    }
}

extension Queries {
    /// Makes garbage that is due due later, each key after its delay in milliseconds. What is not due stays as it is: another
    /// engine has removed it.
    func postponeGarbage(_ delays: [(key: ObjectKey, milliseconds: Int64)]) throws(UploadError) {
        if delays.isEmpty { return }
        try connection.send(
            """
            WITH postponed AS (
                SELECT garbage.key, delay FROM garbage
                    JOIN unnest($1::bytea[], $2::bigint[]) AS new (key, delay) ON new.key = garbage.key
                WHERE due_at <= now()
                ORDER BY garbage.key FOR UPDATE OF garbage
            )
            UPDATE garbage SET due_at = now() + delay * interval '1 millisecond' FROM postponed
            WHERE garbage.key = postponed.key
            """, ColumnArray(delays.map(\.key)), ColumnArray(delays.map(\.milliseconds)))
    }
}

extension DurablePiece.Place {
    fileprivate var isAppend: Bool {
        if case .append = self { true } else { false }
    }
}
