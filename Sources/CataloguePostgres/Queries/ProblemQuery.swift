/// Finds inconsistent rows; constraints of the tables exclude others. Each query is consistent by itself: one statement sees
/// one moment.
struct ProblemQuery: Sendable {
    /// Selects the ids of inconsistent rows, in hexadecimal or decimal digits. In a part of a table: those after $1 through $2.
    let sql: String
    let problem: String

    init(_ sql: String, _ problem: String) {
        self.sql = sql
        self.problem = problem
    }
}

extension ProblemQuery {
    /// Of uploads and the rows that belong to them, by `uploads.seq`.
    static let ofUploads = [
        ProblemQuery(
            "SELECT encode(id, 'hex') FROM uploads WHERE seq > $1 AND seq <= $2 AND is_freed AND state < 2",
            "a pending or committed upload is marked as freed"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND state > 1 AND NOT is_freed
                AND (digest IS NULL OR NOT EXISTS (SELECT 1 FROM parts WHERE source = seq))
            """,
            "an ended upload is not marked as freed"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND state = 1 AND storage = 1 AND NOT is_concatenation AND length <> (
                SELECT coalesce(sum(length(data)), 0) FROM bytes WHERE upload = seq)
            """,
            "a committed upload in the catalogue has more or fewer bytes than its length"),
        ProblemQuery(
            """
            SELECT upload::text FROM bytes
            WHERE upload > $1 AND upload <= $2
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 1 AND NOT is_freed)
            """,
            "bytes in the catalogue belong to no upload"),
        ProblemQuery(
            """
            SELECT upload::text FROM (SELECT upload FROM ledger UNION SELECT upload FROM chunk_digests) AS pieces
            WHERE upload > $1 AND upload <= $2 AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND state = 0)
            """,
            "a chunk belongs to no pending upload"),
        ProblemQuery(
            """
            SELECT upload::text FROM checksums
            WHERE upload > $1 AND upload <= $2
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 0 AND NOT is_freed)
            """,
            "a page of checksums belongs to no upload with a file"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads AS whole
            WHERE seq > $1 AND seq <= $2 AND state = 1 AND is_concatenation AND length <> (
                SELECT coalesce(sum(part.length), 0) FROM parts JOIN uploads AS part ON part.seq = source
                WHERE parts.whole = whole.seq)
            """,
            "a concatenation has more or fewer bytes than its parts"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND NOT EXISTS (SELECT 1 FROM capsules WHERE capsules.id = uploads.capsule)
            """,
            "an upload belongs to no capsule"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND unsized_bytes <> 0 AND (state > 0 OR length IS NOT NULL)
            """,
            "the durable bytes of an upload of known length are counted twice"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND recipe IS NOT NULL AND state < 2 AND (digest IS NOT NULL)
                <> EXISTS (SELECT 1 FROM derivations WHERE upload = seq AND derivations.id = uploads.id)
            """,
            "an upload with a recipe is committed without a derivation, or has one without being committed"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND companions IS NOT NULL AND recipe IS NULL
            """,
            "an upload without a recipe has companions"),
        ProblemQuery(
            """
            SELECT encode(derivations.id, 'hex') FROM derivations
            WHERE derivations.upload > $1 AND derivations.upload <= $2 AND state = 0
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND state = 1)
            """,
            "a derivation is pending without its original"),
        ProblemQuery(
            """
            SELECT encode(derivations.id, 'hex') FROM derivations
            WHERE derivations.upload > $1 AND derivations.upload <= $2 AND NOT EXISTS (
                SELECT 1 FROM uploads WHERE seq = upload AND uploads.id = derivations.id
                    AND uploads.caller = derivations.caller)
            """,
            "a derivation belongs to no upload"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM uploads
            WHERE seq > $1 AND seq <= $2 AND state > 1 AND (
                name <> '' OR content_type <> '' OR opaque <> '' OR idempotency_key IS NOT NULL
                OR fingerprint IS NOT NULL OR expected_digest IS NOT NULL OR modified_at IS NOT NULL
                OR companions IS NOT NULL OR is_freed AND (digest IS NOT NULL OR provisional_memory <> ''))
            """,
            "an ended upload has kept metadata"),
        ProblemQuery(
            """
            SELECT whole::text FROM parts
            WHERE whole > $1 AND whole <= $2 AND (
                NOT EXISTS (SELECT 1 FROM uploads WHERE seq = whole AND is_concatenation AND NOT is_freed)
                OR NOT EXISTS (
                    SELECT 1 FROM uploads WHERE seq = source AND (NOT is_freed OR digest IS NULL) AND (
                        is_partial OR NOT EXISTS (
                            SELECT 1 FROM parts AS other WHERE other.whole = parts.whole AND other.position > 0))))
            """,
            "a part has no concatenation, or is committed without its bytes"),
        ProblemQuery(
            """
            SELECT whole::text FROM (SELECT DISTINCT whole FROM parts WHERE whole > $1 AND whole <= $2) AS wholes
            WHERE NOT EXISTS (SELECT 1 FROM concatenations WHERE concatenations.whole = wholes.whole)
            UNION ALL SELECT whole::text FROM concatenations
            WHERE whole > $1 AND whole <= $2
                AND NOT EXISTS (SELECT 1 FROM parts WHERE parts.whole = concatenations.whole)
            """,
            "a concatenation has rows in only one of its two tables"),
        ProblemQuery(
            """
            SELECT whole::text FROM concatenations, LATERAL (
                SELECT count(*) FILTER (WHERE state = 0) AS pending,
                    count(*) FILTER (WHERE state > 1 AND digest IS NULL) AS lost,
                    count(*) - count(length) AS unsized, count(*) AS all_,
                    coalesce(sum(least(length, 562949953421312)) FILTER (WHERE length IS NOT NULL), 0) AS bytes
                FROM parts JOIN uploads ON seq = source WHERE parts.whole = concatenations.whole) AS found
            WHERE concatenations.whole > $1 AND concatenations.whole <= $2 AND (
                pending_parts <> pending OR lost_parts <> lost OR unsized_parts <> unsized OR parts_length <> bytes
                OR length(part_ids) <> 16 * all_)
            """,
            "the counts of a concatenation's parts are wrong"),
        ProblemQuery(
            """
            SELECT whole::text FROM concatenations JOIN uploads ON seq = whole
            WHERE whole > $1 AND whole <= $2
                AND ((extents IS NULL) <> (digest IS NULL) OR length(extents) % 89 <> 0)
            """,
            "a concatenation is committed without extents, or has extents without being committed"),
        ProblemQuery(
            """
            SELECT upload::text FROM publications
            WHERE upload > $1 AND upload <= $2
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND uploads.state = 1 AND NOT is_partial)
            """,
            "a publication belongs to no committed blob"),
    ]

    /// Of segments, by their keys.
    static let ofKeys = [
        ProblemQuery(
            """
            SELECT encode(key, 'hex') FROM receipts
            WHERE key > $1 AND key <= $2
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE seq = upload AND storage = 0 AND NOT is_freed)
            """,
            "a segment belongs to no upload"),
        ProblemQuery(
            """
            SELECT encode(key, 'hex') FROM (
                SELECT key FROM receipts UNION ALL SELECT key FROM garbage UNION ALL SELECT key FROM announcements) AS all_
            WHERE key > $1 AND key <= $2
            GROUP BY key HAVING count(*) > 1
            """,
            "a segment is recorded, announced or garbage at the same time"),
    ]

    /// Of segments, by the objects whose bytes they hold.
    static let ofObjects = [
        ProblemQuery(
            """
            SELECT encode(key, 'hex') FROM (
                SELECT key, start < lag(stop) OVER (PARTITION BY object ORDER BY start) AS is_late FROM receipts
                WHERE object > $1 AND object <= $2) AS all_
            WHERE is_late
            """,
            "a segment overlaps another of its upload")
    ]

    /// By `assets.seq`.
    static let ofAssets = [
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM assets
            WHERE seq > $1 AND seq <= $2 AND blob IS NOT NULL
                AND NOT EXISTS (SELECT 1 FROM uploads WHERE uploads.id = blob AND state = 1 AND NOT is_partial)
            """,
            "an asset refers to a blob that does not exist"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM assets
            WHERE seq > $1 AND seq <= $2 AND NOT EXISTS (SELECT 1 FROM memories WHERE memories.seq = memory)
            """,
            "an asset belongs to no memory"),
    ]

    /// By the ids of capsules.
    static let ofCapsules = [
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM capsules
            WHERE id > $1 AND id <= $2 AND inline_bytes <> (
                SELECT coalesce(sum(length(inline)), 0) FROM memories JOIN assets ON assets.memory = memories.seq
                WHERE memories.capsule = capsules.id)
            """,
            "the count of a capsule's inline bytes is wrong")
    ]

    /// Of sums over whole tables.
    static let ofSums = [
        ProblemQuery(
            """
            SELECT kind::text FROM (
                SELECT kind, sum(count) AS counted FROM upload_counts, unnest(n) WITH ORDINALITY AS c (count, kind)
                GROUP BY kind) AS kept
            WHERE counted <> (SELECT count(*) FROM uploads WHERE 1 + 2 * state + is_partial::int = kind)
            """,
            "the count of uploads in a state is wrong"),
        ProblemQuery(
            """
            SELECT encode(convert_to(principal, 'UTF8'), 'hex')
            FROM (SELECT * FROM usage EXCEPT \(Format.usageQuery)) AS surplus
            UNION SELECT encode(convert_to(principal, 'UTF8'), 'hex')
            FROM (\(Format.usageQuery) EXCEPT SELECT * FROM usage) AS missing
            """,
            "what a principal uses is counted wrongly"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM links LEFT JOIN (
                SELECT link, count(*) AS n, sum(length) AS sum FROM uploads
                WHERE link IS NOT NULL AND state < 2 GROUP BY link) AS counts ON link = id
            WHERE files <> coalesce(n, 0) OR bytes <> coalesce(sum, 0)
            """,
            "what came in through a link is counted wrongly"),
        ProblemQuery(
            """
            SELECT encode(id, 'hex') FROM links
            WHERE NOT EXISTS (
                SELECT 1 FROM members WHERE members.capsule = links.capsule AND role = 0
                    AND principal = 'link:' || encode(id, 'hex'))
            UNION ALL SELECT encode(capsule, 'hex') FROM members
            WHERE role = 0 AND NOT EXISTS (
                SELECT 1 FROM links WHERE links.capsule = members.capsule
                    AND principal = 'link:' || encode(id, 'hex'))
            """,
            "a link is no member of its capsule, or a member is the bearer of no link"),
        ProblemQuery(
            """
            SELECT encode(capsule, 'hex') FROM (
                SELECT capsule, caller, n FROM active
                UNION ALL SELECT capsule, caller, -count(*) FROM uploads
                WHERE state = 0 AND NOT is_partial GROUP BY capsule, caller) AS counts
            GROUP BY capsule, caller HAVING sum(n) <> 0
            """,
            "the count of a caller's pending uploads in a capsule is wrong"),
    ]
}
