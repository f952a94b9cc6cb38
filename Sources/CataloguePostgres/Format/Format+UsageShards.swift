// A row that many transactions change is held by each until its commit is on the disk. So the sums of a principal, and the
// counts of its pending uploads in a capsule, are spread over rows of their own, the shards: a transaction changes one that no
// other holds, and adds one if there is none. Where nobody waits there is one row. The sums are right, a shard may be negative:
// an upload may end in another shard than it began in.
//
// The names `usage` and `active` are views of the sums now, which engines of format 3 read as they read the tables.
extension Format {
    static let usageShards: [String] = preparations + principalShards + activeShards

    private static let preparations = [
        // Waits for the transactions that are within a trigger, whose function would change a view. The order is that in which calls
        // read the two sums, and both come before the tables that calls change after reading. What is left are calls that change an
        // upload and then wait for `active`: they have waited for longer than the migration when the server looks for deadlocks, so
        // they are the ones that are repeated.
        "LOCK TABLE active, usage IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE capsules, members, uploads IN SHARE ROW EXCLUSIVE MODE",
        // A number that no shard has, from that of this session on: two sessions rarely add the same one. If all are taken, it is
        // that of this session, whose row is waited for.
        """
        CREATE FUNCTION next_shard(taken bigint[]) RETURNS bigint LANGUAGE sql AS $$
            SELECT number FROM generate_series(0::bigint, \(countShards - 1)) AS number
                ORDER BY number = ANY(taken), (number - pg_backend_pid()) & \(countShards - 1) LIMIT 1
        $$
        """,
    ]

    private static let principalShards = [
        "ALTER TABLE usage RENAME TO usage_shards",
        """
        ALTER TABLE usage_shards ADD COLUMN shard bigint NOT NULL DEFAULT 0, DROP CONSTRAINT usage_check,
            DROP CONSTRAINT usage_pkey, ADD PRIMARY KEY (principal, shard)
        """,
        // The columns are those of the former table, in their order. Shards that are left of a principal without anything are no
        // row.
        """
        CREATE VIEW usage AS
            SELECT principal, sum(stored_bytes)::bigint AS stored_bytes, sum(reserved_bytes)::bigint AS reserved_bytes,
                sum(capsules)::bigint AS capsules, sum(members)::bigint AS members,
                sum(pending_uploads)::bigint AS pending_uploads, sum(pending_bytes)::bigint AS pending_bytes
            FROM usage_shards GROUP BY principal
            HAVING (sum(stored_bytes), sum(reserved_bytes), sum(capsules), sum(members), sum(pending_uploads),
                sum(pending_bytes)) <> (0, 0, 0, 0, 0, 0)
        """,
        """
        CREATE OR REPLACE FUNCTION add_usage(
            who text, stored bigint, reserved bigint, owned bigint, joined bigint, pending bigint, bytes bigint
        ) RETURNS void LANGUAGE plpgsql AS $$
        DECLARE
            held bigint[];
        BEGIN
            UPDATE usage_shards SET stored_bytes = stored_bytes + stored, reserved_bytes = reserved_bytes + reserved,
                capsules = capsules + owned, members = members + joined, pending_uploads = pending_uploads + pending,
                pending_bytes = pending_bytes + bytes
                WHERE principal = who AND shard = (
                    SELECT shard FROM usage_shards WHERE principal = who
                    ORDER BY shard LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED);
            IF NOT FOUND THEN
                INSERT INTO usage_shards AS present (principal, shard, stored_bytes, reserved_bytes, capsules, members,
                        pending_uploads, pending_bytes)
                    VALUES (who, next_shard(ARRAY(SELECT shard FROM usage_shards WHERE principal = who)), stored,
                        reserved, owned, joined, pending, bytes)
                    ON CONFLICT (principal, shard) DO UPDATE SET stored_bytes = present.stored_bytes + stored,
                        reserved_bytes = present.reserved_bytes + reserved, capsules = present.capsules + owned,
                        members = present.members + joined, pending_uploads = present.pending_uploads + pending,
                        pending_bytes = present.pending_bytes + bytes;
            END IF;
            -- Whatever others do meanwhile, rows that add up to nothing can go. Others are kept from them only if they probably do.
            IF pending < 0 AND NOT EXISTS (SELECT 1 FROM capsules WHERE owner = who) AND (
                SELECT (sum(stored_bytes), sum(reserved_bytes), sum(capsules), sum(members), sum(pending_uploads),
                    sum(pending_bytes)) = (0, 0, 0, 0, 0, 0)
                FROM usage_shards WHERE principal = who)
            THEN
                held := ARRAY(SELECT shard FROM usage_shards WHERE principal = who FOR UPDATE SKIP LOCKED);
                DELETE FROM usage_shards WHERE principal = who AND shard = ANY(held) AND (
                    SELECT (sum(stored_bytes), sum(reserved_bytes), sum(capsules), sum(members), sum(pending_uploads),
                        sum(pending_bytes)) = (0, 0, 0, 0, 0, 0)
                    FROM usage_shards WHERE principal = who AND shard = ANY(held));
            END IF;
        END $$
        """,
    ]

    private static let activeShards = [
        "ALTER TABLE active RENAME TO active_shards",
        """
        ALTER TABLE active_shards ADD COLUMN shard bigint NOT NULL DEFAULT 0, DROP CONSTRAINT active_n_check,
            DROP CONSTRAINT active_pkey, ADD PRIMARY KEY (capsule, caller, shard)
        """,
        """
        CREATE VIEW active AS
            SELECT capsule, caller, sum(n)::bigint AS n FROM active_shards GROUP BY capsule, caller HAVING sum(n) <> 0
        """,
        """
        CREATE OR REPLACE FUNCTION upload_activated() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            change bigint := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
            held bigint[];
        BEGIN
            UPDATE active_shards SET n = n + change
                WHERE capsule = new.capsule AND caller = new.caller AND shard = (
                    SELECT shard FROM active_shards WHERE capsule = new.capsule AND caller = new.caller
                    ORDER BY shard LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED);
            IF NOT FOUND THEN
                INSERT INTO active_shards AS present (capsule, caller, shard, n)
                    VALUES (new.capsule, new.caller, next_shard(ARRAY(
                        SELECT shard FROM active_shards WHERE capsule = new.capsule AND caller = new.caller)), change)
                    ON CONFLICT (capsule, caller, shard) DO UPDATE SET n = present.n + change;
            END IF;
            -- Others are kept from these rows only if the rows can probably go.
            IF change < 0 AND 0 = (
                SELECT sum(n) FROM active_shards WHERE capsule = new.capsule AND caller = new.caller)
            THEN
                held := ARRAY(
                    SELECT shard FROM active_shards WHERE capsule = new.capsule AND caller = new.caller
                    FOR UPDATE SKIP LOCKED);
                DELETE FROM active_shards
                    WHERE capsule = new.capsule AND caller = new.caller AND shard = ANY(held) AND 0 = (
                        SELECT sum(n) FROM active_shards
                        WHERE capsule = new.capsule AND caller = new.caller AND shard = ANY(held));
            END IF;
            RETURN NULL;
        END $$
        """,
    ]
}
