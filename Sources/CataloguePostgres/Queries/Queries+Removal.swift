import SessionCore
import UploadCore

extension Queries {
    /// Several engines may remove at once: each takes what no other is removing. The upload that was begun last stays.
    func removeEnded(before time: Timestamp, limit: Int) throws(UploadError) -> [SessionId] {
        let removed = try connection.all(
            """
            WITH removable AS (
                SELECT seq FROM uploads AS ended
                WHERE state > 1 AND is_freed AND state_at < $1 AND seq < (SELECT max(seq) FROM uploads)
                    AND NOT EXISTS (SELECT 1 FROM parts WHERE source = ended.seq)
                ORDER BY state_at, seq LIMIT $2 FOR UPDATE SKIP LOCKED
            ), gone AS (
                DELETE FROM derivations WHERE upload IN (SELECT seq FROM removable)
            )
            DELETE FROM uploads WHERE seq IN (SELECT seq FROM removable) RETURNING state_at, seq, id
            """, time, max(0, limit)
        ) { row throws(UploadError) in
            (at: try row.next(Int64.self), seq: try row.next(Int64.self), id: try row.next(SessionId.self))
        }
        return removed.sorted { ($0.at, $0.seq) < ($1.at, $1.seq) }.map(\.id)
    }
}
