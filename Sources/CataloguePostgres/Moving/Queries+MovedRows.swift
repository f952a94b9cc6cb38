import CatalogueRows
import SessionCore
import UploadCore

/// The rows of another catalogue.
extension Queries {
    /// Inserts rows as they are: no trigger counts them, since what they count is moved as well.
    func insert(_ rows: [[CatalogueValue]], into table: MovedTable) throws(UploadError) {
        try connection.send("ALTER TABLE \(table.target) DISABLE TRIGGER USER")
        try connection.send(table.insertion, binding: try table.parameters(rows))
        try connection.send("ALTER TABLE \(table.target) ENABLE TRIGGER USER")
    }

    func rows(of table: MovedTable, after key: [CatalogueValue]?) throws(UploadError) -> [[CatalogueValue]] {
        try connection.all(
            table.query(isFirst: key == nil), binding: try key.map(table.parameters(ofKey:)) ?? Parameters()
        ) { row throws(UploadError) in
            var values: [CatalogueValue] = []
            for column in table.columns { values.append(try CatalogueValue(&row, column.kind)) }
            return values
        }
    }

    func lastKey(of table: MovedTable) throws(UploadError) -> [CatalogueValue]? {
        try connection.first(table.lastKeyQuery) { row throws(UploadError) in
            var values: [CatalogueValue] = []
            for column in table.columns[..<table.keyCount] { values.append(try CatalogueValue(&row, column.kind)) }
            return values
        }
    }
}

/// The bytes of another store.
extension Queries {
    func progress(of objects: [Int64]) throws(UploadError) -> [Int64: ObjectProgress] {
        let found = try connection.all(
            "SELECT upload, through, hash, is_complete FROM wharf_migration_objects WHERE upload = ANY($1)",
            ColumnArray(objects)
        ) { row throws(UploadError) in
            (
                upload: try row.next(Int64.self),
                progress: ObjectProgress(through: try row.next(), hash: try row.next(), isComplete: try row.next())
            )
        }
        return Dictionary(found.map { ($0.upload, $0.progress) }) { first, _ in first }
    }

    /// Records segments with the chunks that they complete.
    ///
    /// - Throws: `unavailable` if a key is not announced any more: the bytes have to be copied again.
    func record(_ copied: CopiedBytes) throws(UploadError) {
        let (object, progress) = (copied.object, copied.progress)
        try keepReceipts(copied.receipts, of: object)
        try connection.send(
            """
            INSERT INTO chunk_digests (upload, chunk, digest)
                SELECT $1, chunk, digest FROM unnest($2::bigint[], $3::bytea[]) AS new (chunk, digest)
            """, object.seq, ColumnArray(copied.chunks.map(\.index)), ColumnArray(copied.chunks.map(\.digest)))
        try connection.send(
            """
            INSERT INTO wharf_migration_objects (upload, through, hash, is_complete) VALUES ($1, $2, $3, $4)
                ON CONFLICT (upload) DO UPDATE SET through = excluded.through, hash = excluded.hash,
                    is_complete = excluded.is_complete
            """, object.seq, progress.through, progress.hash, progress.isComplete)
    }

    /// Discards what was recorded of an object.
    func discard(_ object: MovedObject) throws(UploadError) {
        try releaseReceipts(of: [object.key], in: 0..<UInt64(Int64.max))
        try connection.send("DELETE FROM chunk_digests WHERE upload = $1", object.seq)
        try connection.send("DELETE FROM wharf_migration_objects WHERE upload = $1", object.seq)
    }

    private func keepReceipts(_ receipts: [StorageReceipt], of object: MovedObject) throws(UploadError) {
        if receipts.isEmpty { return }
        let taken = try connection.run(
            "DELETE FROM announcements WHERE key = ANY($1)", ColumnArray(receipts.map(\.key)))
        guard taken == receipts.count else {
            throw UploadError(
                .unavailable(detail: "segments of upload \(object.upload.text) are not announced any more"))
        }
        try connection.send(
            """
            INSERT INTO receipts (object, upload, start, stop, key)
                SELECT $1, $2, start, stop, key
                FROM unnest($3::bigint[], $4::bigint[], $5::bytea[]) AS new (start, stop, key)
            """, object.key, object.seq, ColumnArray(receipts.map(\.range.lowerBound)),
            ColumnArray(receipts.map(\.range.upperBound)), ColumnArray(receipts.map(\.key)))
    }
}
