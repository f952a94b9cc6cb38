import Crypto
import Measuring

/// Callers with pending uploads, which are inserted past the server: it would take a million requests.
enum PendingCallers {
    static let perCaller = 100
    private static let lengthBytes = 100 << 20

    static func count(for uploads: Int) -> Int { max(1, uploads / perCaller) }

    /// The header line of a caller.
    static func authorization(_ caller: Int) -> String { "Authorization: Bearer token-\(caller)\r\n" }

    /// Writes the token file of the callers.
    static func writeTokens(of callers: Int, to path: String) throws(BenchError) {
        let digits = Array("0123456789abcdef")
        var text = ""
        for caller in 0..<callers {
            let digest = SHA256.hash(data: Array("token-\(caller)".utf8))
            text += "caller-\(caller) sha256:"
            for byte in digest { text += String([digits[Int(byte >> 4)], digits[Int(byte & 15)]]) }
            text += "\n"
        }
        try writeText(text, to: path)
    }

    private static let columns =
        "id, state, capsule, caller, is_partial, storage, is_concatenation, chunk_size, length, created_at, last_seen, "
        + "provisional_memory, idempotency_key, fingerprint, content_type, name, opaque"

    // Ids begin with the time, so that the next ones follow all of these in every index.

    /// The catalogue's own triggers count the rows.
    static func fillSQLite(_ uploads: Int) -> String {
        """
        BEGIN;
        CREATE TEMP TABLE clock AS SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now;
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(count(for: uploads) - 1))
        INSERT INTO capsules (id, title, owner, is_default, inline_bytes, created_at)
            SELECT CAST(printf('%016d', n) AS BLOB), '', 'caller-' || n, 1, 0, now FROM numbers, clock;
        WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < \(uploads - 1))
        INSERT INTO uploads (\(columns), is_freed, offset)
            SELECT CAST(x'0190' || randomblob(14) AS BLOB), 0, CAST(printf('%016d', n / \(perCaller)) AS BLOB),
                'caller-' || (n / \(perCaller)), 0, 0, 0, 8388608, \(lengthBytes), now, now,
                'memory-1', randomblob(16), randomblob(32), 'video/mp4', 'film.mp4', '', 0, 0
            FROM numbers, clock;
        COMMIT;

        """
    }

    /// Without the triggers, for each of which a row of the counts would be written; the sums are inserted once.
    static func fillPostgres(_ uploads: Int) -> String {
        """
        BEGIN;
        CREATE TEMP TABLE clock AS SELECT (extract(epoch FROM now()) * 1000)::bigint AS now;
        INSERT INTO capsules (id, title, owner, is_default, created_at)
            SELECT convert_to(lpad(n::text, 16, '0'), 'UTF8'), '', 'caller-' || n, true, now
            FROM generate_series(0, \(count(for: uploads) - 1)) AS n, clock;
        SET LOCAL session_replication_role = replica;
        INSERT INTO uploads (\(columns), appended)
            SELECT '\\x0190'::bytea || substr(uuid_send(gen_random_uuid()), 3), 0,
                convert_to(lpad((n / \(perCaller))::text, 16, '0'), 'UTF8'), 'caller-' || (n / \(perCaller)), false, 0, false,
                8388608, \(lengthBytes), now, now, 'memory-1', uuid_send(gen_random_uuid()),
                uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()), 'video/mp4', 'film.mp4', '', 0
            FROM generate_series(0, \(uploads - 1)) AS n, clock;
        INSERT INTO active_shards (capsule, caller, n) SELECT capsule, caller, count(*) FROM uploads GROUP BY capsule, caller;
        UPDATE usage_shards SET reserved_bytes = sums.bytes, pending_uploads = sums.uploads, pending_bytes = sums.bytes
            FROM (SELECT caller, count(*) AS uploads, sum(length) AS bytes FROM uploads GROUP BY caller) AS sums
            WHERE usage_shards.principal = sums.caller;
        UPDATE upload_counts SET n[1] = \(uploads) WHERE shard = 0;
        COMMIT;
        VACUUM ANALYZE;
        CHECKPOINT;

        """
    }
}
