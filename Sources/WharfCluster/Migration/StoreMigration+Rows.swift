import CataloguePostgres
import CatalogueRows
import CatalogueSQLite
import UploadCore

extension StoreMigration {
    typealias Page = @Sendable (MovedTable, [CatalogueValue]?) async throws(MigrationError) -> [[CatalogueValue]]

    /// The digests of the rows of all tables.
    func digests(of page: Page) async throws(MigrationError) -> [(table: MovedTable, rows: RowDigest)] {
        var tables: [(table: MovedTable, rows: RowDigest)] = []
        for table in MovedTable.all {
            var digest = RowDigest()
            var key: [CatalogueValue]?
            while true {
                if Task.isCancelled { throw .cancelled }
                let rows = try await page(table, key)
                for row in rows { digest.append(row) }
                guard rows.count == table.rowsMax, let last = rows.last else { break }
                key = Array(last[..<table.keyCount])
            }
            tables.append((table, digest))
        }
        return tables
    }

    /// Moves the rows that the table of the target does not have yet. They came in the order of their keys, so the last one tells
    /// how far the former call got.
    func move(_ table: MovedTable, count: Int) async throws(MigrationError) {
        if count == 0 { return }
        var key = try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
            try await target.lastKey(of: table)
        }
        while true {
            let last = key
            let rows = try await migrating(MigrationError.store) { () async throws(UploadError) in
                try await source.rows(of: table, after: last)
            }
            if rows.isEmpty { return }
            try step(.rows(table: table.name))
            try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
                try await target.insert(rows, into: table)
            }
            update { $0.rows += rows.count }
            guard rows.count == table.rowsMax, let row = rows.last else { return }
            key = Array(row[..<table.keyCount])
        }
    }

    /// Requires that the target has the same rows, values and sums included.
    func compareRows(with tables: [(table: MovedTable, rows: RowDigest)]) async throws(MigrationError) {
        let moved = try await digests(of: { table, key async throws(MigrationError) in
            try await migrating(MigrationError.catalogue) { () async throws(UploadError) in
                try await self.target.rows(of: table, after: key)
            }
        })
        for (there, here) in zip(moved, tables)
        where there.rows.count != here.rows.count || there.rows.digest != here.rows.digest {
            throw .rowsDiffer(here.table.name)
        }
    }
}
