package import CatalogueRows
package import SessionCore
package import UploadCore

/// A migration into this catalogue, which was opened with `isMigration`.
extension CataloguePostgres {
    /// The migration into this database; nil if none was begun.
    package func migrationState() async throws(UploadError) -> MigrationState? {
        try await read { queries throws(UploadError) in try queries.connection.migrationState() }
    }

    /// Begins a migration into an empty database, unless there was one.
    ///
    /// - Returns: The migration of the database, which may be another one; nil if the database holds other rows.
    package func beginMigration(
        from origin: MigrationOrigin, _ secret: LinkSecret
    ) async throws(UploadError) -> MigrationState? {
        try await write { queries throws(UploadError) in try queries.beginMigration(from: origin, secret) }
    }

    /// Inserts a page of rows.
    package func insert(_ rows: [[CatalogueValue]], into table: MovedTable) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.insert(rows, into: table) }
    }

    /// The key of the last row; nil if there is none.
    package func lastKey(of table: MovedTable) async throws(UploadError) -> [CatalogueValue]? {
        try await read { queries throws(UploadError) in try queries.lastKey(of: table) }
    }

    /// A page of rows, at most `MovedTable.rowsMax`.
    ///
    /// - Parameter key: That of the last row of the page before; nil for the first page.
    package func rows(
        of table: MovedTable, after key: [CatalogueValue]?
    ) async throws(UploadError) -> [[CatalogueValue]] {
        try await read { queries throws(UploadError) in try queries.rows(of: table, after: key) }
    }

    /// How far objects were copied, by their `seq`; nothing for those that were not begun.
    package func progress(of objects: [Int64]) async throws(UploadError) -> [Int64: ObjectProgress] {
        try await read { queries throws(UploadError) in try queries.progress(of: objects) }
    }

    /// Records copied bytes.
    ///
    /// - Throws: `unavailable`, also if a segment is not announced any more: its bytes have to be copied again.
    package func record(_ copied: CopiedBytes) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.record(copied) }
    }

    /// Discards what was recorded of an object: it is copied from its beginning.
    package func discard(_ object: MovedObject) async throws(UploadError) {
        try await write { queries throws(UploadError) in try queries.discard(object) }
    }

    /// Ends a migration whose rows and objects are complete: nodes may open the database. Idempotent.
    ///
    /// A statement may take `PostgresSettings.checkTimeout`.
    ///
    /// - Parameter damaged: The uploads without their bytes. Those that are pending begin again.
    /// - Throws: `store_corrupt` if the rows contradict each other; nothing is changed then.
    package func finishMigration(without damaged: [SessionId]) async throws(UploadError) {
        try await write(timeout: checkTimeout) { queries throws(UploadError) in
            try queries.finishMigration(without: damaged)
        }
    }
}
