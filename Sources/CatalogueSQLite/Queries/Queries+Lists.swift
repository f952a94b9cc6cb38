import CatalogueRows
import SessionCore
import UploadCore
import UploadDerivation

extension Queries {
    /// Parts that a pending concatenation refers to are in use.
    private static let isInUse = """
        EXISTS (
            SELECT 1 FROM parts CROSS JOIN uploads AS concatenation ON concatenation.seq = whole
            WHERE source = due.seq AND concatenation.state = 0)
        """

    /// The condition repeats that of the index `uploads_by_last_seen` word for word, or SQLite would not use the index.
    static let lastSeenQuery = """
        SELECT id FROM uploads AS due
        WHERE (state = 0 OR (state = 1 AND is_partial = 1)) AND last_seen < ?1 AND NOT \(isInUse)
        ORDER BY last_seen, id LIMIT ?2
        """

    static let pendingLastSeenQuery = """
        SELECT id FROM uploads AS due INDEXED BY uploads_pending_by_caller
        WHERE state = 0 AND caller = ?3 AND last_seen < ?1 AND NOT \(isInUse)
        ORDER BY last_seen, id LIMIT ?2
        """

    func lastSeen(before time: Timestamp, limit: Int) throws(UploadError) -> [SessionId] {
        try connection.all(Self.lastSeenQuery, time, max(0, limit)) { row throws(UploadError) in try row.next() }
    }

    func pendingLastSeen(
        before time: Timestamp, of caller: Principal, limit: Int
    ) throws(UploadError) -> [SessionId] {
        try connection.all(Self.pendingLastSeenQuery, time, max(0, limit), caller) { row throws(UploadError) in
            try row.next()
        }
    }

    /// One statement for each set of conditions, with a literal state, so that each finds its index. A parameter keeps
    /// its number whichever conditions there are.
    static func uploadsQuery(
        _ filter: UploadFilter, after id: SessionId?, columns: String = UploadRow.columns
    ) -> String {
        let conditions = [
            filter.state.map { "state = \($0.rawValue)" },
            // SQLite uses the index of ended uploads only with its condition in the query.
            filter.state.flatMap { $0.rawValue > 1 ? "state > 1" : nil },
            filter.capsule.map { _ in "capsule = ?1" },
            filter.caller.map { _ in "caller = ?2" },
            id.map { _ in "id > ?3" },
        ]
        let condition = conditions.compactMap(\.self).joined(separator: " AND ")
        return """
            SELECT \(columns) FROM uploads WHERE \(condition.isEmpty ? "TRUE" : condition)
            ORDER BY id LIMIT ?4
            """
    }

    func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) throws(UploadError) -> [ListedUpload] {
        let rows = try connection.all(
            Self.uploadsQuery(filter, after: id), filter.capsule, filter.caller, id, max(0, limit)
        ) { row throws(UploadError) in try UploadRow(&row) }
        let hasChunks = rows.contains { $0.head.hasLedger }
        let hasParts = rows.contains { $0.head.isConcatenation }
        let hasDerivations = rows.contains { $0.head.isCommitted && $0.recipe != nil }
        let chunks = hasChunks ? try durableChunks(onPageOf: filter, after: id, limit) : [:]
        let parts = hasParts ? try partIds(onPageOf: filter, after: id, limit) : [:]
        let derivations = hasDerivations ? try derivations(onPageOf: filter, after: id, limit) : [:]
        return rows.map { row in
            ListedUpload(
                record: row.record(durableChunks: chunks[row.head.seq] ?? PieceSet(), parts: parts[row.head.seq] ?? []),
                derivation: row.head.isCommitted ? derivations[row.head.id] : nil)
        }
    }

    private func partIds(
        onPageOf filter: UploadFilter, after id: SessionId?, _ limit: Int
    ) throws(UploadError) -> [Int64: [SessionId]] {
        let page = Self.uploadsQuery(filter, after: id, columns: "seq")
        let rows = try connection.all(
            "SELECT whole, part_ids FROM concatenations WHERE whole IN (\(page))", filter.capsule, filter.caller, id,
            max(0, limit)
        ) { row throws(UploadError) in
            (whole: try row.next(Int64.self), ids: try [SessionId](packed: try row.next([UInt8].self)))
        }
        return Dictionary(rows.map { ($0.whole, $0.ids) }) { first, _ in first }
    }

    private func durableChunks(
        onPageOf filter: UploadFilter, after id: SessionId?, _ limit: Int
    ) throws(UploadError) -> [Int64: PieceSet] {
        let page = Self.uploadsQuery(filter, after: id, columns: "seq")
        let rows = try connection.all(
            "SELECT upload, page, bits FROM ledger WHERE upload IN (\(page)) ORDER BY upload, page", filter.capsule,
            filter.caller, id, max(0, limit)
        ) { row throws(UploadError) in
            (
                upload: try row.next(Int64.self),
                page: (page: try row.next(UInt64.self), bits: try row.next([UInt8].self))
            )
        }
        return Dictionary(grouping: rows, by: \.upload).mapValues { PieceSet(pages: $0.map(\.page)) }
    }

    func countActive(capsule: CapsuleId, caller: Principal) throws(UploadError) -> UInt64 {
        try connection.first(
            "SELECT n FROM active WHERE capsule = ?1 AND caller = ?2", capsule, caller
        ) { row throws(UploadError) in try row.next() } ?? 0
    }

    func countByStatus() throws(UploadError) -> StatusCounts {
        let rows = try connection.all("SELECT state, n FROM upload_counts") { row throws(UploadError) in
            (state: try row.next(UploadFilter.State.self), count: try row.next(UInt64.self))
        }
        var counts = StatusCounts()
        for (state, count) in rows {
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
