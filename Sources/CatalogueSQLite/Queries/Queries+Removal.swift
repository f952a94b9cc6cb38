import DeliberateFaults
import SessionCore
import UploadCore

extension Queries {
    /// The ended uploads that may be removed. The condition repeats that of the index `uploads_removable` word for word,
    /// or SQLite would not use the index.
    ///
    /// SQLite assigns the largest `seq` plus one: it would assign that of a removed newest upload again. `bytes`,
    /// `parts` and `ledger` rely on each `seq` being used once.
    static let removableQuery = removable(and: "seq < (SELECT max(seq) FROM uploads)")

    private static func removable(and condition: String) -> String {
        """
        SELECT seq, id FROM uploads AS ended
        WHERE state > 1 AND is_freed = 1 AND state_at < ?1 AND \(condition)
            AND NOT EXISTS (SELECT 1 FROM parts WHERE source = ended.seq)
        ORDER BY state_at, seq LIMIT ?2
        """
    }

    func removeEnded(before time: Timestamp, limit: Int) throws(UploadError) -> [SessionId] {
        let query = DeliberateFault.reuseSequenceNumbers.isOn ? Self.removable(and: "TRUE") : Self.removableQuery
        let removable = try connection.all(query, time, max(0, limit)) { row throws(UploadError) in
            (seq: try row.next(Int64.self), id: try row.next(SessionId.self))
        }
        for upload in removable {
            try connection.run("DELETE FROM derivations WHERE upload = ?1", upload.seq)
            try connection.run("DELETE FROM uploads WHERE seq = ?1", upload.seq)
        }
        return removable.map(\.id)
    }
}
