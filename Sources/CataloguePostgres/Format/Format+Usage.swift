// What principals use and how many uploads there are, kept by triggers in the transactions that change them.
//
// Rows that many transactions change are held until their commits. So sums are kept per principal, per caller in a capsule
// and per link, and the counts of all uploads are spread over shards, one of which a session of the server uses.
extension Format {
    /// The shards of `upload_counts`.
    static let countShards = 64

    static let usageTables = [
        """
        CREATE TABLE usage (
            principal text COLLATE "C" PRIMARY KEY,
            stored_bytes bigint NOT NULL, -- of its capsules: uploads that are not pending, and inline assets
            reserved_bytes bigint NOT NULL, -- of its capsules: pending uploads
            capsules bigint NOT NULL,
            members bigint NOT NULL, -- of its capsules
            pending_uploads bigint NOT NULL, -- that it began
            pending_bytes bigint NOT NULL,
            CHECK (least(stored_bytes, reserved_bytes, capsules, members, pending_uploads, pending_bytes) >= 0)
        )
        """,
        """
        CREATE TABLE active (
            capsule bytea NOT NULL,
            caller text COLLATE "C" NOT NULL,
            n bigint NOT NULL CHECK (n > 0), -- pending uploads, without parts
            PRIMARY KEY (capsule, caller)
        )
        """,
        // Element 1 + 2 * state + (1 for a part): the uploads of that kind.
        """
        CREATE TABLE upload_counts (
            shard bigint PRIMARY KEY,
            n bigint[] NOT NULL
        )
        """,
        """
        INSERT INTO upload_counts
            SELECT shard, array_fill(0::bigint, ARRAY[8]) FROM generate_series(0, \(countShards - 1)) AS shard
        """,
        // The bytes with which an upload counts. No pending upload is deleted from the table.
        """
        CREATE FUNCTION counted(u uploads) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
            SELECT CASE WHEN u.is_freed OR u.is_concatenation THEN 0
                ELSE coalesce(u.length, u.appended + u.unsized_bytes) END
        $$
        """,
        """
        CREATE FUNCTION add_usage(
            who text, stored bigint, reserved bigint, owned bigint, joined bigint, pending bigint, bytes bigint
        ) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE usage SET stored_bytes = stored_bytes + stored, reserved_bytes = reserved_bytes + reserved,
                capsules = capsules + owned, members = members + joined, pending_uploads = pending_uploads + pending,
                pending_bytes = pending_bytes + bytes
                WHERE principal = who;
            IF NOT FOUND THEN
                INSERT INTO usage AS present VALUES (who, stored, reserved, owned, joined, pending, bytes)
                    ON CONFLICT (principal) DO UPDATE SET stored_bytes = present.stored_bytes + stored,
                        reserved_bytes = present.reserved_bytes + reserved, capsules = present.capsules + owned,
                        members = present.members + joined, pending_uploads = present.pending_uploads + pending,
                        pending_bytes = present.pending_bytes + bytes;
            ELSIF pending < 0 THEN
                DELETE FROM usage WHERE principal = who AND capsules = 0 AND pending_uploads = 0;
            END IF;
        END $$
        """,
    ]

    static let usageTriggers = [
        """
        CREATE FUNCTION capsule_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                PERFORM add_usage(new.owner, new.inline_bytes, 0, 1, 0, 0, 0);
            ELSE
                PERFORM add_usage(new.owner, new.inline_bytes - old.inline_bytes, 0, 0, 0, 0, 0);
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER capsule_counted AFTER INSERT ON capsules
            FOR EACH ROW EXECUTE FUNCTION capsule_counted()
        """,
        """
        CREATE TRIGGER capsule_recounted AFTER UPDATE OF inline_bytes ON capsules
            FOR EACH ROW EXECUTE FUNCTION capsule_counted()
        """,
        """
        CREATE FUNCTION member_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM add_usage(owner, 0, 0, 0, CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END, 0, 0)
                FROM capsules WHERE id = coalesce(new.capsule, old.capsule);
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER member_counted AFTER INSERT OR DELETE ON members
            FOR EACH ROW EXECUTE FUNCTION member_counted()
        """,
        // An upload counts for the capsule's owner, and while it is pending for its caller. Both rows are changed in the
        // order of their names, so that two changes of one upload each never wait for each other.
        """
        CREATE FUNCTION upload_counted() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            who_owns text;
            who_calls text;
            stored bigint := 0;
            reserved bigint := 0;
            pending bigint := 0;
        BEGIN
            IF TG_OP <> 'INSERT' THEN
                IF old.state = 0 THEN
                    reserved := -counted(old);
                    pending := -1;
                ELSE
                    stored := -counted(old);
                END IF;
            END IF;
            IF TG_OP <> 'DELETE' THEN
                IF new.state = 0 THEN
                    reserved := reserved + counted(new);
                    pending := pending + 1;
                ELSE
                    stored := stored + counted(new);
                END IF;
            END IF;
            IF stored <> 0 OR reserved <> 0 THEN
                SELECT owner INTO who_owns FROM capsules WHERE id = coalesce(new.capsule, old.capsule);
            END IF;
            IF pending <> 0 OR reserved <> 0 THEN
                who_calls := coalesce(new.caller, old.caller);
            END IF;
            IF who_owns = who_calls THEN
                PERFORM add_usage(who_owns, stored, reserved, 0, 0, pending, reserved);
                RETURN NULL;
            END IF;
            IF who_calls < who_owns THEN
                PERFORM add_usage(who_calls, 0, 0, 0, 0, pending, reserved);
            END IF;
            IF who_owns IS NOT NULL THEN
                PERFORM add_usage(who_owns, stored, reserved, 0, 0, 0, 0);
            END IF;
            IF who_calls IS NOT NULL AND (who_owns IS NULL OR who_owns < who_calls) THEN
                PERFORM add_usage(who_calls, 0, 0, 0, 0, pending, reserved);
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER uploads_4_counted AFTER INSERT OR DELETE ON uploads
            FOR EACH ROW EXECUTE FUNCTION upload_counted()
        """,
        """
        CREATE TRIGGER uploads_4_recounted AFTER UPDATE ON uploads
            FOR EACH ROW WHEN (old.state <> new.state OR counted(old) <> counted(new))
            EXECUTE FUNCTION upload_counted()
        """,
    ]

    /// The rows that `usage` has to have, from everything that counts.
    static let usageQuery = """
        SELECT principal, sum(stored)::bigint, sum(reserved)::bigint, sum(capsules)::bigint, sum(members)::bigint,
            sum(uploads)::bigint, sum(bytes)::bigint
        FROM (
            SELECT owner AS principal, inline_bytes AS stored, 0 AS reserved, 1 AS capsules, 0 AS members,
                0 AS uploads, 0 AS bytes
            FROM capsules
            UNION ALL
            SELECT owner, 0, 0, 0, 1, 0, 0 FROM members JOIN capsules ON capsules.id = members.capsule
            UNION ALL
            SELECT owner, CASE WHEN state > 0 THEN counted(uploads) ELSE 0 END,
                CASE WHEN state = 0 THEN counted(uploads) ELSE 0 END, 0, 0, 0, 0
            FROM uploads JOIN capsules ON capsules.id = uploads.capsule
            UNION ALL
            SELECT caller, 0, 0, 0, 0, 1, counted(uploads) FROM uploads WHERE state = 0
        ) AS everything GROUP BY principal
        """
}
