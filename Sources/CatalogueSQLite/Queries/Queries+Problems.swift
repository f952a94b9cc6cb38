import CatalogueRows
import SessionCore
import UploadCore
import UploadDerivation
import UploadMemories

extension Queries {
    func problems() throws(UploadError) -> [String] {
        let damage = try connection.all("PRAGMA integrity_check(100)") { row throws(UploadError) in
            try row.next(String.self)
        }
        guard damage == ["ok"] else { return damage.map { "the database file is damaged: \($0)" } }
        var problems: [String] = []
        for (query, problem) in Self.consistencyQueries {
            let found = try connection.all(query) { row throws(UploadError) in try row.next(String.self) }
            problems += found.map { "\(problem) (\($0))" }
        }
        return try problems + unsizedProblems() + neededGarbage()
    }

    /// Queries for the ids of inconsistent rows, in hexadecimal or decimal digits, each with the name of its problem.
    private static let consistencyQueries = [
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE (state = 1) <> (digest IS NOT NULL AND length IS NOT NULL) AND state < 2
                OR state = 0 AND digest IS NOT NULL
            """, "an upload has a digest and a length without being committed, or is committed without them"
        ),
        (
            "SELECT lower(hex(id)) FROM uploads WHERE is_freed = 1 AND state < 2",
            "a pending or committed upload is marked as freed"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE state > 1 AND is_freed = 0
                AND (digest IS NULL OR NOT EXISTS (SELECT 1 FROM parts WHERE source = seq))
            """, "an ended upload is not marked as freed"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE state = 1 AND storage = 1 AND is_concatenation = 0 AND length <> (
                SELECT coalesce(sum(length(data)), 0) FROM bytes
                WHERE place >= uploads.seq << 21 AND place < (uploads.seq + 1) << 21)
            """, "a committed upload in the catalogue has more or fewer bytes than its length"
        ),
        (
            """
            SELECT CAST(place AS TEXT) FROM bytes
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = place >> 21 AND storage = 1 AND is_freed = 0)
            """, "bytes in the catalogue belong to no upload"
        ),
        (
            """
            SELECT CAST(upload AS TEXT) FROM ledger
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND state = 0)
            """, "a page of the ledger belongs to no pending upload"
        ),
        (
            """
            SELECT CAST(upload AS TEXT) FROM checksums
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 0 AND is_freed = 0)
            """, "a page of checksums belongs to no upload with a file"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE prefix_hash IS NOT NULL AND (state > 0 OR storage = 1
                OR length(prefix_hash) NOT BETWEEN 40 AND 103
                OR chunk_size IS NULL AND hex(substr(prefix_hash, 1, 8)) > printf('%016X', offset))
            """, "the recorded hash of an upload covers bytes that are not durable"
        ),
        (
            """
            SELECT CAST(whole AS TEXT) FROM parts
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = whole AND is_concatenation = 1 AND is_freed = 0)
                OR NOT EXISTS (
                    SELECT 1 FROM uploads WHERE seq = source AND (is_freed = 0 OR digest IS NULL) AND (
                        is_partial = 1 OR NOT EXISTS (
                            SELECT 1 FROM parts AS other WHERE other.whole = parts.whole AND other.position > 0)))
            """, "a part has no concatenation, or is committed without its bytes"
        ),
        (
            """
            SELECT CAST(whole AS TEXT) FROM (SELECT DISTINCT whole FROM parts)
            WHERE whole NOT IN (SELECT whole FROM concatenations)
            UNION ALL SELECT CAST(whole AS TEXT) FROM concatenations WHERE whole NOT IN (SELECT whole FROM parts)
            """, "a concatenation has rows in only one of its two tables"
        ),
        (
            """
            SELECT CAST(whole AS TEXT) FROM concatenations
            WHERE (pending_parts, lost_parts, unsized_parts, parts_length, length(part_ids)) IS NOT (
                SELECT sum(state = 0), sum(state > 1 AND digest IS NULL), count(*) - count(length),
                    coalesce(sum(min(length, 562949953421312)), 0), 16 * count(*)
                FROM parts CROSS JOIN uploads ON seq = source WHERE parts.whole = concatenations.whole)
            """, "the counts of a concatenation's parts are wrong"
        ),
        (
            """
            SELECT CAST(whole AS TEXT) FROM concatenations CROSS JOIN uploads ON seq = whole
            WHERE (extents IS NULL) <> (digest IS NULL) OR length(extents) % 89 <> 0
            """, "a concatenation is committed without extents, or has extents without being committed"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads AS whole
            WHERE state = 1 AND is_concatenation = 1 AND length <> (
                SELECT coalesce(sum(part.length), 0) FROM parts CROSS JOIN uploads AS part ON part.seq = source
                WHERE parts.whole = whole.seq)
            """, "a concatenation has more or fewer bytes than its parts"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE NOT EXISTS (SELECT 1 FROM capsules WHERE capsules.id = uploads.capsule)
            """, "an upload belongs to no capsule"
        ),
        (
            """
            SELECT state || ', ' || is_partial FROM upload_counts
            WHERE n <> (
                SELECT count(*) FROM uploads WHERE uploads.state = upload_counts.state
                    AND uploads.is_partial = upload_counts.is_partial)
            """, "the count of uploads in a state is wrong"
        ),
        (
            """
            SELECT lower(hex(principal)) FROM (SELECT * FROM usage EXCEPT \(Format.usageQuery))
            UNION SELECT lower(hex(principal)) FROM (\(Format.usageQuery) EXCEPT SELECT * FROM usage)
            """, "what a principal uses is counted wrongly"
        ),
        (
            """
            SELECT lower(hex(id)) FROM links LEFT JOIN (
                SELECT link, count(*) AS n, sum(\(Format.linkBytes("uploads"))) AS sum FROM uploads
                WHERE link IS NOT NULL AND state < 2 GROUP BY link) ON link = id
            WHERE files <> coalesce(n, 0) OR bytes <> coalesce(sum, 0) OR uses < files
            """, "what came in through a link is counted wrongly"
        ),
        (
            """
            SELECT lower(hex(id)) FROM links
            WHERE NOT EXISTS (
                SELECT 1 FROM members WHERE members.capsule = links.capsule AND role = 0
                    AND principal = 'link:' || lower(hex(id)))
            UNION ALL SELECT lower(hex(capsule)) FROM members
            WHERE role = 0 AND NOT EXISTS (
                SELECT 1 FROM links WHERE links.capsule = members.capsule AND principal = 'link:' || lower(hex(id)))
            """, "a link is no member of its capsule, or a member is the bearer of no link"
        ),
        (
            "SELECT lower(hex(id)) FROM uploads WHERE unsized_bytes <> 0 AND (state > 0 OR length IS NOT NULL)",
            "the durable bytes of an upload of known length are counted twice"
        ),
        (
            """
            SELECT lower(hex(capsule)) FROM (
                SELECT capsule, caller, n FROM active
                UNION ALL SELECT capsule, caller, -count(*) FROM uploads
                WHERE state = 0 AND is_partial = 0 GROUP BY capsule, caller)
            GROUP BY capsule, caller HAVING sum(n) <> 0
            """, "the count of a caller's pending uploads in a capsule is wrong"
        ),
        (
            """
            SELECT lower(hex(id)) FROM assets
            WHERE blob IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE uploads.id = blob AND state = 1 AND is_partial = 0)
            """, "an asset refers to a blob that does not exist"
        ),
        (
            "SELECT lower(hex(id)) FROM assets WHERE NOT EXISTS (SELECT 1 FROM memories WHERE seq = memory)",
            "an asset belongs to no memory"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE recipe IS NOT NULL AND state < 2 AND (digest IS NOT NULL)
                <> EXISTS (SELECT 1 FROM derivations WHERE upload = seq AND derivations.id = uploads.id)
            """, "an upload with a recipe is committed without a derivation, or has one without being committed"
        ),
        (
            "SELECT lower(hex(id)) FROM uploads WHERE companions IS NOT NULL AND recipe IS NULL",
            "an upload without a recipe has companions"
        ),
        (
            """
            SELECT lower(hex(derivations.id)) FROM derivations
            WHERE state = 0 AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND state = 1)
                OR state = 1 AND memory IS NULL
            """, "a derivation is pending without its original, or done without a memory"
        ),
        (
            """
            SELECT lower(hex(derivations.id)) FROM derivations
            WHERE NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND uploads.id = derivations.id)
            """, "a derivation belongs to no upload"
        ),
        (
            """
            SELECT lower(hex(id)) FROM uploads
            WHERE state > 1 AND (
                name <> '' OR content_type <> '' OR opaque <> '' OR idempotency_key IS NOT NULL OR fingerprint <> x''
                OR expected_digest IS NOT NULL OR modified_at IS NOT NULL OR companions IS NOT NULL
                OR is_freed = 1 AND (digest IS NOT NULL OR provisional_memory <> ''))
            """, "an ended upload has kept metadata"
        ),
        (
            """
            SELECT lower(hex(id)) FROM capsules
            WHERE inline_bytes <> (
                SELECT coalesce(sum(length(inline)), 0) FROM memories CROSS JOIN assets ON assets.memory = memories.seq
                WHERE memories.capsule = capsules.id)
            """, "the count of a capsule's inline bytes is wrong"
        ),
    ]

    /// Compares the garbage with the keys of all uploads that have files. Skipped without garbage: keys are digests,
    /// computed for each row.
    private func neededGarbage() throws(UploadError) -> [String] {
        let garbage = Set(try self.garbage(limit: .max))
        if garbage.isEmpty { return [] }
        var problems: [String] = []
        var last: Int64 = 0
        while true {
            let uploads = try connection.all(
                """
                SELECT \(UploadHead.columns) FROM uploads
                WHERE seq > ?1 AND is_freed = 0 AND storage = 0 ORDER BY seq LIMIT 1000
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
