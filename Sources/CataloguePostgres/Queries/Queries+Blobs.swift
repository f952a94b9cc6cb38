import CatalogueRows
import SessionCore
import UploadCore

extension Queries {
    func blob(_ id: BlobId) throws(UploadError) -> BlobRow? {
        guard let row = try blobRow(id) else { return nil }
        let capsule = try requireCapsule(row.head.capsule)
        return row.head.isConcatenation
            ? BlobRow(row: row, capsule: capsule, packedExtents: try packedExtents(of: row.head), ownExtents: [])
            : BlobRow(row: row, capsule: capsule, packedExtents: nil, ownExtents: try extents(of: row.head))
    }

    func summary(of id: BlobId) throws(UploadError) -> (summary: BlobSummary, capsule: Capsule)? {
        guard let row = try blobRow(id) else { return nil }
        return (try row.summary(), try requireCapsule(row.head.capsule))
    }

    private func blobRow(_ id: BlobId) throws(UploadError) -> UploadRow? {
        try connection.first(
            "SELECT \(UploadRow.columns) FROM uploads WHERE id = $1 AND state = 1 AND NOT is_partial", id
        ) { row throws(UploadError) in try UploadRow(&row) }
    }

    func countBlobs() throws(UploadError) -> UInt64 {
        try uploadCounts()[2 * UploadFilter.State.committed.rawValue]
    }
}

// MARK: - Lists

extension Queries {
    /// The uploads that are looked at for one page of blobs.
    static let blobScanMax = 10_000

    /// The uploads of a capsule that one page looks at. The order is that of the index `uploads_by_capsule`.
    private static func scannedUploads(_ filter: BlobFilter, after cursor: SessionId?, columns: String) -> String {
        let isNewest = filter.order == .newestFirst
        return """
            SELECT \(columns) FROM uploads WHERE capsule = $1 \(cursor == nil ? "" : "AND id \(isNewest ? "<" : ">") $2")
            ORDER BY id \(isNewest ? "DESC" : "ASC")
            """
    }

    func blobs(_ filter: BlobFilter, after cursor: SessionId?, limit: Int) throws(UploadError) -> BlobPage {
        let limit = max(1, limit)
        let names = [
            filter.nameContains.map { _ in "strpos(lower(name), lower($3 COLLATE \"C\")) > 0" },
            filter.namePrefix.map { _ in "starts_with(name, $4)" },
        ]
        // The index `assets_by_blob` and the key of `derivations` answer it for each upload.
        let none = [
            "NOT EXISTS (SELECT 1 FROM assets WHERE assets.blob = scanned.id)",
            "NOT EXISTS (SELECT 1 FROM derivations WHERE derivations.upload = scanned.seq AND derivations.state = 0)",
        ]
        let memory = filter.isInNoMemory ? none : []
        let conditions = ["state = 1 AND NOT is_partial"] + names.compactMap(\.self) + memory
        let scanned = Self.scannedUploads(filter, after: cursor, columns: "*")
        let rows = try connection.all(
            """
            SELECT \(UploadRow.columns) FROM (\(scanned) LIMIT \(Self.blobScanMax)) AS scanned
            WHERE \(conditions.joined(separator: " AND "))
            ORDER BY id \(filter.order == .newestFirst ? "DESC" : "ASC") LIMIT $5
            """, filter.capsule, cursor, filter.nameContains, filter.namePrefix, limit
        ) { row throws(UploadError) in try UploadRow(&row) }
        let blobs = try rows.map { row throws(UploadError) in try row.summary() }
        if rows.count == limit { return BlobPage(blobs: blobs, next: rows.last?.head.id) }
        let ids = Self.scannedUploads(filter, after: cursor, columns: "id")
        let last = try connection.first(
            "\(ids) LIMIT 1 OFFSET $3", filter.capsule, cursor, Self.blobScanMax - 1
        ) { row throws(UploadError) in try row.next(SessionId.self) }
        return BlobPage(blobs: blobs, next: last)
    }

    /// The blobs of other principals that are passed over for one digest.
    private static let foreignBlobsMax = 1000

    func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) throws(UploadError) -> [BlobSummary] {
        if digests.isEmpty { return [] }
        let isBlob = "state = 1 AND NOT is_partial AND digest_parts IS NULL AND digest = wanted.digest"
        let other = """
            UNION ALL (
                SELECT * FROM (
                    SELECT * FROM uploads WHERE \(isBlob) LIMIT \(Self.foreignBlobsMax)) AS candidates
                WHERE EXISTS (SELECT 1 FROM capsules WHERE capsules.id = candidates.capsule AND owner = $3)
                ORDER BY id LIMIT 1)
            """
        return try connection.all(
            """
            SELECT \(UploadRow.columns(of: "found"))
            FROM unnest($1::bytea[]) WITH ORDINALITY AS wanted (digest, position), LATERAL (
                SELECT * FROM (
                    (SELECT * FROM uploads WHERE \(isBlob) AND capsule = $2 ORDER BY id LIMIT 1)
                    \(owner == nil ? "" : other)
                ) AS either ORDER BY capsule <> $2 LIMIT 1) AS found
            ORDER BY wanted.position
            """, ColumnArray(digests), capsule, owner
        ) { row throws(UploadError) in try UploadRow(&row) }.map { row throws(UploadError) in try row.summary() }
    }
}
