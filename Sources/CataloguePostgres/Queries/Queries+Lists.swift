import CatalogueRows
import SessionCore
import UploadCore
import UploadDerivation

extension Queries {
    /// Parts that a pending concatenation refers to are in use.
    private static let isInUse = """
        EXISTS (
            SELECT 1 FROM parts JOIN uploads AS concatenation ON concatenation.seq = whole
            WHERE source = due.seq AND concatenation.state = 0)
        """

    static let lastSeenQuery = """
        SELECT id FROM uploads AS due
        WHERE (state = 0 OR (state = 1 AND is_partial)) AND last_seen < $1 AND NOT \(isInUse)
        ORDER BY last_seen, id LIMIT $2
        """

    static let pendingLastSeenQuery = """
        SELECT id FROM uploads AS due
        WHERE state = 0 AND caller = $3 AND last_seen < $1 AND NOT \(isInUse)
        ORDER BY last_seen, id LIMIT $2
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

    /// A parameter keeps its number whichever conditions there are.
    static func uploadsQuery(
        _ filter: UploadFilter, after id: SessionId?, columns: String = UploadRow.columns
    ) -> String {
        let conditions = [
            filter.state.map { "state = \($0.rawValue)" },
            filter.capsule.map { _ in "capsule = $1" },
            filter.caller.map { _ in "caller = $2" },
            id.map { _ in "id > $3" },
        ]
        let condition = conditions.compactMap(\.self).joined(separator: " AND ")
        return """
            SELECT \(columns) FROM uploads WHERE \(condition.isEmpty ? "TRUE" : condition)
            ORDER BY id LIMIT $4
            """
    }

    func uploads(
        _ filter: UploadFilter, after id: SessionId?, limit: Int
    ) throws(UploadError) -> [ListedUpload] {
        let rows = try connection.all(
            Self.uploadsQuery(filter, after: id), filter.capsule, filter.caller, id, max(0, limit)
        ) { row throws(UploadError) in try UploadRow(&row) }
        let chunks = try durableChunks(of: rows.filter { $0.head.hasLedger })
        let parts = try partIds(of: rows.filter { $0.head.isConcatenation })
        let derivations = try derivations(of: rows.filter { $0.head.isCommitted && $0.recipe != nil })
        return rows.map { row in
            ListedUpload(
                record: row.record(durableChunks: chunks[row.head.seq] ?? PieceSet(), parts: parts[row.head.seq] ?? []),
                derivation: row.head.isCommitted ? derivations[row.head.id] : nil)
        }
    }

    private func partIds(of rows: [UploadRow]) throws(UploadError) -> [Int64: [SessionId]] {
        if rows.isEmpty { return [:] }
        let found = try connection.all(
            "SELECT whole, part_ids FROM concatenations WHERE whole = ANY($1)", ColumnArray(rows.map(\.head.seq))
        ) { row throws(UploadError) in
            (whole: try row.next(Int64.self), ids: try [SessionId](packed: try row.next([UInt8].self)))
        }
        return Dictionary(found.map { ($0.whole, $0.ids) }) { first, _ in first }
    }

    private func durableChunks(of rows: [UploadRow]) throws(UploadError) -> [Int64: PieceSet] {
        if rows.isEmpty { return [:] }
        let found = try connection.all(
            "SELECT upload, page, bits FROM ledger WHERE upload = ANY($1) ORDER BY upload, page",
            ColumnArray(rows.map(\.head.seq))
        ) { row throws(UploadError) in
            (
                upload: try row.next(Int64.self),
                page: (page: try row.next(UInt64.self), bits: try row.next([UInt8].self))
            )
        }
        return Dictionary(grouping: found, by: \.upload).mapValues { PieceSet(pages: $0.map(\.page)) }
    }

    func countActive(capsule: CapsuleId, caller: Principal) throws(UploadError) -> UInt64 {
        try connection.first(
            "SELECT n FROM active WHERE capsule = $1 AND caller = $2", capsule, caller
        ) { row throws(UploadError) in try row.next() } ?? 0
    }

    /// The cost grows with the shards of the counts, not with the uploads.
    func countByStatus() throws(UploadError) -> StatusCounts {
        let counts = try uploadCounts()
        func count(_ state: UploadFilter.State) -> UInt64 {
            counts[2 * state.rawValue] + counts[2 * state.rawValue + 1]
        }
        var all = StatusCounts()
        all.pending = count(.pending)
        all.committed = count(.committed)
        all.aborted = count(.aborted)
        all.expired = count(.expired)
        return all
    }

    /// The uploads of each state, without parts and then only parts.
    func uploadCounts() throws(UploadError) -> [UInt64] {
        let counts = try connection.all(
            """
            SELECT sum(count)::bigint FROM upload_counts, unnest(n) WITH ORDINALITY AS counts (count, kind)
            GROUP BY kind ORDER BY kind
            """
        ) { row throws(UploadError) in try row.next(UInt64.self) }
        guard counts.count == 8 else { throw UploadError(.storeCorrupt(detail: "the counts of uploads are missing")) }
        return counts
    }
}
