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
            "SELECT \(UploadRow.columns) FROM uploads WHERE id = ?1 AND state = 1 AND is_partial = 0", id
        ) { row throws(UploadError) in try UploadRow(&row) }
    }

    func countBlobs() throws(UploadError) -> UInt64 {
        try connection.first(
            "SELECT n FROM upload_counts WHERE state = 1 AND is_partial = 0"
        ) { row throws(UploadError) in try row.next() } ?? 0
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
            SELECT \(columns) FROM uploads WHERE capsule = ?1 \(cursor == nil ? "" : "AND id \(isNewest ? "<" : ">") ?2")
            ORDER BY id \(isNewest ? "DESC" : "ASC")
            """
    }

    func blobs(_ filter: BlobFilter, after cursor: SessionId?, limit: Int) throws(UploadError) -> BlobPage {
        let limit = max(1, limit)
        let names = [
            filter.nameContains.map { _ in "instr(lower(name), lower(?3)) > 0" },
            filter.namePrefix.map { _ in "instr(name, ?4) = 1" },
        ]
        // The index `assets_by_blob` and the key of `derivations` answer it for each upload.
        let none = [
            "NOT EXISTS (SELECT 1 FROM assets WHERE assets.blob = scanned.id)",
            "NOT EXISTS (SELECT 1 FROM derivations WHERE derivations.upload = scanned.seq AND derivations.state = 0)",
        ]
        let memory = filter.isInNoMemory ? none : []
        let conditions = ["state = 1 AND is_partial = 0"] + names.compactMap(\.self) + memory
        let scanned = Self.scannedUploads(filter, after: cursor, columns: "*")
        let rows = try connection.all(
            """
            SELECT \(UploadRow.columns) FROM (\(scanned) LIMIT \(Self.blobScanMax)) AS scanned
            WHERE \(conditions.joined(separator: " AND ")) LIMIT ?5
            """, filter.capsule, cursor, filter.nameContains, filter.namePrefix, limit
        ) { row throws(UploadError) in try UploadRow(&row) }
        let blobs = try rows.map { row throws(UploadError) in try row.summary() }
        if rows.count == limit { return BlobPage(blobs: blobs, next: rows.last?.head.id) }
        let ids = Self.scannedUploads(filter, after: cursor, columns: "id")
        let last = try connection.first(
            "\(ids) LIMIT 1 OFFSET ?3", filter.capsule, cursor, Self.blobScanMax - 1
        ) { row throws(UploadError) in try row.next(SessionId.self) }
        return BlobPage(blobs: blobs, next: last)
    }

    /// The blobs of other principals that are passed over for one digest.
    private static let foreignBlobsMax = 1000

    /// Without the name of the index SQLite would go through all uploads of the capsule in the order of their ids.
    static let blobByDigestQuery = """
        SELECT \(UploadRow.columns) FROM uploads INDEXED BY uploads_by_digest
        WHERE state = 1 AND is_partial = 0 AND digest_parts IS NULL AND digest = ?1 AND capsule = ?2
        ORDER BY id LIMIT 1
        """

    static let ownersBlobByDigestQuery = """
        SELECT \(UploadRow.columns) FROM (
            SELECT * FROM uploads INDEXED BY uploads_by_digest
            WHERE state = 1 AND is_partial = 0 AND digest_parts IS NULL AND digest = ?1
            LIMIT \(foreignBlobsMax)) AS found
        WHERE EXISTS (SELECT 1 FROM capsules WHERE capsules.id = found.capsule AND owner = ?2)
        ORDER BY id LIMIT 1
        """

    func blobs(
        withDigests digests: [Digest], in capsule: CapsuleId, andThoseOf owner: Principal?
    ) throws(UploadError) -> [BlobSummary] {
        var found: [BlobSummary] = []
        for digest in digests {
            if let here = try blob(Self.blobByDigestQuery, digest, capsule) {
                found.append(here)
            } else if let owner, let other = try blob(Self.ownersBlobByDigestQuery, digest, owner) {
                found.append(other)
            }
        }
        return found
    }

    private func blob(
        _ query: String, _ digest: Digest, _ place: some ColumnValue
    ) throws(UploadError) -> BlobSummary? {
        try connection.first(query, digest, place) { row throws(UploadError) in try UploadRow(&row) }?.summary()
    }
}
