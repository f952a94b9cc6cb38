import CatalogueRows
import SessionCore
import UploadCore

extension Queries {
    func problems() throws(UploadError) -> [String] {
        var problems: [String] = []
        for (query, problem) in Self.consistencyQueries {
            let found = try connection.all(query) { row throws(UploadError) in try row.next(String.self) }
            problems += found.map { "\(problem) (\($0))" }
        }
        return try problems + unsizedProblems() + neededGarbage()
    }

    /// Queries for the ids of inconsistent rows, in hexadecimal or decimal digits, each with the name of its problem.
    /// Constraints of the tables exclude others.
    private static let consistencyQueries = [
        (
            "SELECT encode(id, 'hex') FROM uploads WHERE is_freed AND state < 2",
            "a pending or committed upload is marked as freed"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE state > 1 AND NOT is_freed
                AND (digest IS NULL OR NOT EXISTS (SELECT 1 FROM parts WHERE source = seq))
            """, "an ended upload is not marked as freed"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE state = 1 AND storage = 1 AND NOT is_concatenation AND length <> (
                SELECT coalesce(sum(length(data)), 0) FROM bytes WHERE upload = seq)
            """, "a committed upload in the catalogue has more or fewer bytes than its length"
        ),
        (
            """
            SELECT upload::text FROM bytes
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 1 AND NOT is_freed)
            """, "bytes in the catalogue belong to no upload"
        ),
        (
            """
            SELECT upload::text FROM (SELECT upload FROM ledger UNION SELECT upload FROM chunk_digests) AS pieces
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND state = 0)
            """, "a chunk belongs to no pending upload"
        ),
        (
            """
            SELECT upload::text FROM checksums
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 0 AND NOT is_freed)
            """, "a page of checksums belongs to no upload with a file"
        ),
        (
            """
            SELECT encode(key, 'hex') FROM receipts
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 0 AND NOT is_freed)
            """, "a segment belongs to no upload"
        ),
        (
            """
            SELECT encode(key, 'hex') FROM (
                SELECT key, start < lag(stop) OVER (PARTITION BY object ORDER BY start) AS is_late FROM receipts) AS all_
            WHERE is_late
            """, "a segment overlaps another of its upload"
        ),
        (
            """
            SELECT encode(key, 'hex') FROM (
                SELECT key FROM receipts UNION ALL SELECT key FROM garbage UNION ALL SELECT key FROM announcements) AS all_
            GROUP BY key HAVING count(*) > 1
            """, "a segment is recorded, announced or garbage at the same time"
        ),
        (
            """
            SELECT whole::text FROM parts
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = whole AND is_concatenation AND NOT is_freed)
                OR NOT EXISTS (
                    SELECT 1 FROM uploads WHERE seq = source AND (NOT is_freed OR digest IS NULL) AND (
                        is_partial OR NOT EXISTS (
                            SELECT 1 FROM parts AS other WHERE other.whole = parts.whole AND other.position > 0)))
            """, "a part has no concatenation, or is committed without its bytes"
        ),
        (
            """
            SELECT whole::text FROM (SELECT DISTINCT whole FROM parts) AS wholes
            WHERE whole NOT IN (SELECT whole FROM concatenations)
            UNION ALL SELECT whole::text FROM concatenations WHERE whole NOT IN (SELECT whole FROM parts)
            """, "a concatenation has rows in only one of its two tables"
        ),
        (
            """
            SELECT whole::text FROM concatenations, LATERAL (
                SELECT count(*) FILTER (WHERE state = 0) AS pending,
                    count(*) FILTER (WHERE state > 1 AND digest IS NULL) AS lost,
                    count(*) - count(length) AS unsized, count(*) AS all_,
                    coalesce(sum(least(length, 562949953421312)) FILTER (WHERE length IS NOT NULL), 0) AS bytes
                FROM parts JOIN uploads ON seq = source WHERE parts.whole = concatenations.whole) AS found
            WHERE pending_parts <> pending OR lost_parts <> lost OR unsized_parts <> unsized OR parts_length <> bytes
                OR length(part_ids) <> 16 * all_
            """, "the counts of a concatenation's parts are wrong"
        ),
        (
            """
            SELECT whole::text FROM concatenations JOIN uploads ON seq = whole
            WHERE (extents IS NULL) <> (digest IS NULL) OR length(extents) % 89 <> 0
            """, "a concatenation is committed without extents, or has extents without being committed"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM uploads AS whole
            WHERE state = 1 AND is_concatenation AND length <> (
                SELECT coalesce(sum(part.length), 0) FROM parts JOIN uploads AS part ON part.seq = source
                WHERE parts.whole = whole.seq)
            """, "a concatenation has more or fewer bytes than its parts"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE NOT EXISTS (SELECT 1 FROM capsules WHERE capsules.id = uploads.capsule)
            """, "an upload belongs to no capsule"
        ),
        (
            """
            SELECT kind::text FROM (
                SELECT kind, sum(count) AS counted FROM upload_counts, unnest(n) WITH ORDINALITY AS c (count, kind)
                GROUP BY kind) AS kept
            WHERE counted <> (SELECT count(*) FROM uploads WHERE 1 + 2 * state + is_partial::int = kind)
            """, "the count of uploads in a state is wrong"
        ),
        (
            """
            SELECT encode(convert_to(principal, 'UTF8'), 'hex')
            FROM (SELECT * FROM usage EXCEPT \(Format.usageQuery)) AS surplus
            UNION SELECT encode(convert_to(principal, 'UTF8'), 'hex')
            FROM (\(Format.usageQuery) EXCEPT SELECT * FROM usage) AS missing
            """, "what a principal uses is counted wrongly"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM links LEFT JOIN (
                SELECT link, count(*) AS n, sum(length) AS sum FROM uploads
                WHERE link IS NOT NULL AND state < 2 GROUP BY link) AS counts ON link = id
            WHERE files <> coalesce(n, 0) OR bytes <> coalesce(sum, 0)
            """, "what came in through a link is counted wrongly"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM links
            WHERE NOT EXISTS (
                SELECT 1 FROM members WHERE members.capsule = links.capsule AND role = 0
                    AND principal = 'link:' || encode(id, 'hex'))
            UNION ALL SELECT encode(capsule, 'hex') FROM members
            WHERE role = 0 AND NOT EXISTS (
                SELECT 1 FROM links WHERE links.capsule = members.capsule
                    AND principal = 'link:' || encode(id, 'hex'))
            """, "a link is no member of its capsule, or a member is the bearer of no link"
        ),
        (
            "SELECT encode(id, 'hex') FROM uploads WHERE unsized_bytes <> 0 AND (state > 0 OR length IS NOT NULL)",
            "the durable bytes of an upload of known length are counted twice"
        ),
        (
            """
            SELECT encode(capsule, 'hex') FROM (
                SELECT capsule, caller, n FROM active
                UNION ALL SELECT capsule, caller, -count(*) FROM uploads
                WHERE state = 0 AND NOT is_partial GROUP BY capsule, caller) AS counts
            GROUP BY capsule, caller HAVING sum(n) <> 0
            """, "the count of a caller's pending uploads in a capsule is wrong"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM assets
            WHERE blob IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE uploads.id = blob AND state = 1 AND NOT is_partial)
            """, "an asset refers to a blob that does not exist"
        ),
        (
            "SELECT encode(id, 'hex') FROM assets WHERE NOT EXISTS (SELECT 1 FROM memories WHERE seq = memory)",
            "an asset belongs to no memory"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE recipe IS NOT NULL AND state < 2 AND (digest IS NOT NULL)
                <> EXISTS (SELECT 1 FROM derivations WHERE upload = seq AND derivations.id = uploads.id)
            """, "an upload with a recipe is committed without a derivation, or has one without being committed"
        ),
        (
            "SELECT encode(id, 'hex') FROM uploads WHERE companions IS NOT NULL AND recipe IS NULL",
            "an upload without a recipe has companions"
        ),
        (
            """
            SELECT encode(derivations.id, 'hex') FROM derivations
            WHERE state = 0 AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND state = 1)
            """, "a derivation is pending without its original"
        ),
        (
            """
            SELECT encode(derivations.id, 'hex') FROM derivations
            WHERE NOT EXISTS (
                SELECT 1 FROM uploads WHERE seq = upload AND uploads.id = derivations.id
                    AND uploads.caller = derivations.caller)
            """, "a derivation belongs to no upload"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE state > 1 AND (
                name <> '' OR content_type <> '' OR opaque <> '' OR idempotency_key IS NOT NULL
                OR fingerprint IS NOT NULL OR expected_digest IS NOT NULL OR modified_at IS NOT NULL
                OR companions IS NOT NULL OR is_freed AND (digest IS NOT NULL OR provisional_memory <> ''))
            """, "an ended upload has kept metadata"
        ),
        (
            """
            SELECT encode(id, 'hex') FROM capsules
            WHERE inline_bytes <> (
                SELECT coalesce(sum(length(inline)), 0) FROM memories JOIN assets ON assets.memory = memories.seq
                WHERE memories.capsule = capsules.id)
            """, "the count of a capsule's inline bytes is wrong"
        ),
    ]

    /// Compares the garbage with the keys of all uploads that have files. Skipped without garbage: keys are digests,
    /// computed for each row.
    private func neededGarbage() throws(UploadError) -> [String] {
        let garbage = Set(
            try connection.all("SELECT key FROM garbage") { row throws(UploadError) in try row.next(ObjectKey.self) })
        if garbage.isEmpty { return [] }
        var problems: [String] = []
        var last: Int64 = 0
        while true {
            let uploads = try connection.all(
                """
                SELECT \(UploadHead.columns) FROM uploads
                WHERE seq > $1 AND NOT is_freed AND storage = 0 ORDER BY seq LIMIT 1000
                """, last
            ) { row throws(UploadError) in try UploadHead(&row) }
            guard let end = uploads.last?.seq else { return problems }
            last = end
            for upload in uploads where garbage.contains(upload.key) {
                problems.append("the file of an upload is in use and listed as garbage (\(upload.id.text))")
            }
        }
    }
}
