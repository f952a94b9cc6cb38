import SessionCore
import UploadCore

extension Tables {
    /// The condition is word for word that of the index `uploads_by_last_seen`.
    static let lastSeenQuery = """
        SELECT id FROM uploads AS due
        WHERE (state = 0 OR (state = 1 AND is_partial = 1)) AND last_seen < ?1
            AND NOT EXISTS (
                SELECT 1 FROM parts CROSS JOIN uploads AS concatenation ON concatenation.seq = whole
                WHERE source = due.seq AND concatenation.state = 0)
        ORDER BY last_seen, id LIMIT ?2
        """

    func lastSeen(before time: Timestamp, limit: Int) throws(UploadError) -> [SessionId] {
        try connection.all(Self.lastSeenQuery, time, max(0, limit)) { row throws(UploadError) in try row.next() }
    }

    /// One statement for each set of conditions, with the state written out, so that each finds its index. Which
    /// parameters it has depends on the conditions; their numbers do not.
    static func uploadsQuery(_ filter: UploadFilter, after id: SessionId?) -> String {
        let conditions = [
            filter.state.map { "state = \($0.rawValue)" },
            // For SQLite to see that the index of those that have ended applies.
            filter.state.flatMap { $0.rawValue > 1 ? "state > 1" : nil },
            filter.capsule.map { _ in "capsule = ?1" },
            filter.caller.map { _ in "caller = ?2" },
            id.map { _ in "id > ?3" },
        ]
        let condition = conditions.compactMap(\.self).joined(separator: " AND ")
        return """
            SELECT \(UploadRow.columns) FROM uploads WHERE \(condition.isEmpty ? "TRUE" : condition)
            ORDER BY id LIMIT ?4
            """
    }

    func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) throws(UploadError) -> [UploadRecord] {
        let rows = try connection.all(
            Self.uploadsQuery(filter, after: id), filter.capsule, filter.caller, id, max(0, limit)
        ) { row throws(UploadError) in try UploadRow(&row) }
        var records: [UploadRecord] = []
        records.reserveCapacity(rows.count)
        for row in rows { records.append(try record(row)) }
        return records
    }

    func countActive(capsule: CapsuleId, caller: Principal) throws(UploadError) -> UInt64 {
        try connection.first(
            "SELECT n FROM active WHERE capsule = ?1 AND caller = ?2", capsule, caller
        ) { row throws(UploadError) in try row.next() } ?? 0
    }

    func countByStatus() throws(UploadError) -> StatusCounts {
        let tallies = try connection.all("SELECT state, n FROM tallies") { row throws(UploadError) in
            (state: try row.next(UploadFilter.State.self), count: try row.next(UInt64.self))
        }
        var counts = StatusCounts()
        for (state, count) in tallies {
            switch state {
            case .pending: counts.pending += count
            case .committed: counts.committed += count
            case .aborted: counts.aborted += count
            case .expired: counts.expired += count
            }
        }
        return counts
    }
}

// MARK: - Blobs

extension Tables {
    func blob(_ id: BlobId) throws(UploadError) -> (blob: Blob, capsule: Capsule)? {
        let row = try connection.first(
            "SELECT \(UploadRow.columns) FROM uploads WHERE id = ?1 AND state = 1 AND is_partial = 0", id
        ) { row throws(UploadError) in try UploadRow(&row) }
        guard let row else { return nil }
        let head = row.head
        guard let length = head.length, let digest = head.digest else {
            throw UploadError(.storeCorrupt(detail: "blob \(id.text) has no length or no digest"))
        }
        let blob = Blob(
            id: id, capsule: head.capsule, asset: row.asset, size: length, digest: digest,
            chunkSize: head.isConcatenation ? nil : head.chunkSize, createdAt: row.createdAt,
            extents: try extents(of: head))
        return (blob, try requireCapsule(head.capsule))
    }

    func countBlobs() throws(UploadError) -> UInt64 {
        try connection.first(
            "SELECT n FROM tallies WHERE state = 1 AND is_partial = 0"
        ) { row throws(UploadError) in try row.next() } ?? 0
    }
}
