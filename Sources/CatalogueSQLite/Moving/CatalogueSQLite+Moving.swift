package import CatalogueRows
package import UploadCore

/// The rows as they are, for a move to another catalogue.
extension CatalogueSQLite {
    /// The identity of the store.
    package func storeId() async throws(UploadError) -> [UInt8] {
        try await read { queries throws(UploadError) in try queries.storeId() } ?? []
    }

    /// A page of the rows of a table, at most `MovedTable.rowsMax`.
    ///
    /// - Parameter key: That of the last row of the page before; nil for the first page.
    package func rows(
        of table: MovedTable, after key: [CatalogueValue]?
    ) async throws(UploadError) -> [[CatalogueValue]] {
        try await read { queries throws(UploadError) in try queries.rows(of: table, after: key) }
    }

    /// A page of the objects, in the order of their `seq`.
    ///
    /// - Parameter last: The `seq` of the last one of the page before; 0 for the first page.
    package func movedObjects(after last: Int64, limit: Int) async throws(UploadError) -> [MovedObject] {
        try await read { queries throws(UploadError) in try queries.movedObjects(after: last, limit: limit) }
    }

    /// The number of objects, and of their bytes; those of pending chunks at most.
    package func countMovedObjects() async throws(UploadError) -> (objects: Int, bytes: UInt64) {
        try await read { queries throws(UploadError) in try queries.countMovedObjects() }
    }
}

extension Queries {
    fileprivate func rows(
        of table: MovedTable, after key: [CatalogueValue]?
    ) throws(UploadError) -> [[CatalogueValue]] {
        func read(_ row: inout Row) throws(UploadError) -> [CatalogueValue] {
            var values: [CatalogueValue] = []
            for _ in table.columns { values.append(try row.next()) }
            return values
        }
        let sql = table.sourceQuery(isFirst: key == nil)
        guard let key else { return try connection.all(sql, table.rowsMax, read: read) }
        guard table.keyCount == 2 else { return try connection.all(sql, key[0], table.rowsMax, read: read) }
        return try connection.all(sql, key[0], key[1], table.rowsMax, read: read)
    }

    private static let hasOwnBytes = "is_freed = 0 AND is_concatenation = 0"

    fileprivate func movedObjects(after last: Int64, limit: Int) throws(UploadError) -> [MovedObject] {
        try connection.all(
            """
            SELECT \(UploadHead.columns) FROM uploads WHERE seq > ?1 AND \(Self.hasOwnBytes) ORDER BY seq LIMIT ?2
            """, last, limit
        ) { row throws(UploadError) in try MovedObject(UploadHead(&row)) }
    }

    fileprivate func countMovedObjects() throws(UploadError) -> (objects: Int, bytes: UInt64) {
        try connection.first(
            """
            SELECT count(*), coalesce(sum(CASE WHEN state = 0 AND chunk_size IS NULL THEN offset
                ELSE coalesce(length, offset + unsized_bytes) END), 0)
            FROM uploads WHERE \(Self.hasOwnBytes)
            """
        ) { row throws(UploadError) in (objects: try row.next(), bytes: try row.next()) } ?? (0, 0)
    }
}
