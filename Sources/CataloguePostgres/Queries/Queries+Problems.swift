import CatalogueRows
import SessionCore
import UploadCore

/// A table that is searched for problems in parts, and the column by which it is divided.
struct ProblemRange<Position: ColumnValue & Sendable>: Sendable {
    let table: String
    let column: String
    /// Before all rows, and behind all.
    let first: Position
    let last: Position
    let queries: [ProblemQuery]
}

extension ProblemRange<Int64> {
    static let uploads = ProblemRange(
        table: "uploads", column: "seq", first: .min, last: .max, queries: ProblemQuery.ofUploads)
    static let assets = ProblemRange(
        table: "assets", column: "seq", first: .min, last: .max, queries: ProblemQuery.ofAssets)
}

extension ProblemRange<[UInt8]> {
    /// Keys have 32 bytes, and ids 16.
    private static let beyond = [UInt8](repeating: 0xFF, count: 33)

    static let keys = ProblemRange(
        table: "receipts", column: "key", first: [], last: beyond, queries: ProblemQuery.ofKeys)
    static let objects = ProblemRange(
        table: "receipts", column: "object", first: [], last: beyond, queries: ProblemQuery.ofObjects)
    static let capsules = ProblemRange(
        table: "capsules", column: "id", first: [], last: beyond, queries: ProblemQuery.ofCapsules)
}

extension Queries {
    /// The problems of the rows after a position, about `limit` of the range's table and what belongs to them.
    ///
    /// - Returns: `next` is the end of these rows; nil at the end of the table.
    func problems<Position>(
        in range: ProblemRange<Position>, after position: Position, limit: Int
    ) throws(UploadError) -> (found: [String], next: Position?) {
        let end = try connection.first(
            """
            SELECT \(range.column) FROM \(range.table) WHERE \(range.column) > $1
            ORDER BY \(range.column) OFFSET $2 LIMIT 1
            """, position, limit - 1
        ) { row throws(UploadError) in try row.next(Position.self) }
        var problems: [String] = []
        for query in range.queries {
            let found = try connection.all(query.sql, position, end ?? range.last) { row throws(UploadError) in
                try row.next(String.self)
            }
            problems += found.map { "\(query.problem) (\($0))" }
        }
        return (problems, end)
    }

    /// As `problems`, of uploads, with those that no single query finds.
    func problemsOfUploads(
        after position: Int64, limit: Int
    ) throws(UploadError) -> (found: [String], next: Int64?) {
        let (found, next) = try problems(in: .uploads, after: position, limit: limit)
        let end = next ?? .max
        let unsized = try unsizedProblems(after: position, through: end)
        return (try found + unsized + neededGarbage(after: position, through: end), next)
    }

    /// The problems of sums over whole tables.
    func problems(ofSums query: ProblemQuery) throws(UploadError) -> [String] {
        try connection.all(query.sql) { row throws(UploadError) in try row.next(String.self) }
            .map { "\(query.problem) (\($0))" }
    }

    /// All problems, within one transaction: nobody else may need the tables meanwhile.
    ///
    /// - Parameter rows: Those that one statement examines.
    func problems(rows: Int) throws(UploadError) -> [String] {
        var found: [String] = []
        var upload: Int64? = ProblemRange.uploads.first
        while let position = upload {
            let part = try problemsOfUploads(after: position, limit: rows)
            (found, upload) = (found + part.found, part.next)
        }
        for range in [ProblemRange.keys, .objects, .capsules] { found += try allProblems(in: range, rows) }
        found += try allProblems(in: ProblemRange.assets, rows)
        for query in ProblemQuery.ofSums { found += try problems(ofSums: query) }
        return found
    }

    private func allProblems<Position>(
        in range: ProblemRange<Position>, _ rows: Int
    ) throws(UploadError) -> [String] {
        var found: [String] = []
        var next: Position? = range.first
        while let position = next {
            let part = try problems(in: range, after: position, limit: rows)
            (found, next) = (found + part.found, part.next)
        }
        return found
    }

    /// Compares the garbage with the keys of uploads that have files. Skipped without garbage: keys are digests, computed for
    /// each row.
    private func neededGarbage(after position: Int64, through end: Int64) throws(UploadError) -> [String] {
        guard try connection.exists("SELECT 1 FROM garbage LIMIT 1") else { return [] }
        let uploads = try connection.all(
            """
            SELECT \(UploadHead.columns) FROM uploads
            WHERE seq > $1 AND seq <= $2 AND NOT is_freed AND storage = 0 ORDER BY seq
            """, position, end
        ) { row throws(UploadError) in try UploadHead(&row) }
        if uploads.isEmpty { return [] }
        let needed = Set(
            try connection.all(
                "SELECT key FROM garbage WHERE key = ANY($1)", ColumnArray(uploads.map(\.key))
            ) { row throws(UploadError) in try row.next(ObjectKey.self) })
        return uploads.filter { needed.contains($0.key) }.map {
            "the file of an upload is in use and listed as garbage (\($0.id.text))"
        }
    }
}
