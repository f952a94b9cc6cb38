import CatalogueRows
import SessionCore
import UploadCore

/// A table that is searched for problems in parts, and the column by which it is divided.
struct ProblemRange<Position: ColumnValue & Sendable>: Sendable {
    let table: String
    let column: String
    /// After all rows.
    let last: Position
    let queries: [ProblemQuery]
}

extension ProblemRange<Int64> {
    static let uploads = ProblemRange(
        table: "uploads", column: "seq", last: .max, queries: ProblemQuery.ofUploads)
    static let assets = ProblemRange(
        table: "assets", column: "seq", last: .max, queries: ProblemQuery.ofAssets)
}

extension ProblemRange<[UInt8]> {
    /// Keys have 32 bytes, and ids 16.
    private static let beyond = [UInt8](repeating: 0xFF, count: 33)

    static let keys = ProblemRange(
        table: "receipts", column: "key", last: beyond, queries: ProblemQuery.ofKeys)
    static let objects = ProblemRange(
        table: "receipts", column: "object", last: beyond, queries: ProblemQuery.ofObjects)
    static let capsules = ProblemRange(
        table: "capsules", column: "id", last: beyond, queries: ProblemQuery.ofCapsules)
}

/// A part of the search for problems: rows of a table after a position, or a sum over whole tables.
enum ProblemPart: Hashable, Sendable {
    case uploads(after: Int64)
    case keys(after: [UInt8])
    case objects(after: [UInt8])
    case capsules(after: [UInt8])
    case assets(after: Int64)
    case sum(number: Int)

    static let first = uploads(after: .min)
}

extension Queries {
    /// - Parameter rows: Those that a part has at most.
    /// - Returns: `next` is nil after the last part.
    func problems(
        of part: ProblemPart, rows: Int
    ) throws(UploadError) -> (found: [String], next: ProblemPart?) {
        switch part {
        case .uploads(let position):
            let (found, next) = try problems(in: .uploads, after: position, limit: rows)
            let end = next ?? .max
            let unsized = try unsizedProblems(after: position, through: end)
            let needed = try neededGarbage(after: position, through: end)
            return (found + unsized + needed, next.map { .uploads(after: $0) } ?? .keys(after: []))
        case .keys(let position):
            let (found, next) = try problems(in: .keys, after: position, limit: rows)
            return (found, next.map { .keys(after: $0) } ?? .objects(after: []))
        case .objects(let position):
            let (found, next) = try problems(in: .objects, after: position, limit: rows)
            return (found, next.map { .objects(after: $0) } ?? .capsules(after: []))
        case .capsules(let position):
            let (found, next) = try problems(in: .capsules, after: position, limit: rows)
            return (found, next.map { .capsules(after: $0) } ?? .assets(after: .min))
        case .assets(let position):
            let (found, next) = try problems(in: .assets, after: position, limit: rows)
            return (found, next.map { .assets(after: $0) } ?? .sum(number: 0))
        case .sum(let number):
            let query = ProblemQuery.ofSums[number]
            let found = try connection.all(query.sql) { row throws(UploadError) in try row.next(String.self) }
            let isLast = number + 1 == ProblemQuery.ofSums.count
            return (found.map { "\(query.problem) (\($0))" }, isLast ? nil : .sum(number: number + 1))
        }
    }

    /// The problems of the rows after a position, about `limit` of the range's table and what belongs to them.
    ///
    /// - Returns: `next` is the end of these rows; nil at the end of the table.
    private func problems<Position>(
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
