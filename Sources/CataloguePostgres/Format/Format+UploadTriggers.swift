// What follows from a change of an upload, whichever statement makes it. Triggers run in the order of their names, so that
// changes of one upload each lock the rows of these tables in the same order.
extension Format {
    static let uploadTriggers = [
        """
        CREATE FUNCTION upload_tallied() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            mine bigint := pg_backend_pid() % \(countShards);
            was int;
            becomes int;
        BEGIN
            IF TG_OP <> 'INSERT' THEN was := 1 + 2 * old.state + old.is_partial::int; END IF;
            IF TG_OP <> 'DELETE' THEN becomes := 1 + 2 * new.state + new.is_partial::int; END IF;
            IF was IS NULL THEN
                UPDATE upload_counts SET n[becomes] = n[becomes] + 1 WHERE shard = mine;
            ELSIF becomes IS NULL THEN
                UPDATE upload_counts SET n[was] = n[was] - 1 WHERE shard = mine;
            ELSE
                UPDATE upload_counts SET n[was] = n[was] - 1, n[becomes] = n[becomes] + 1 WHERE shard = mine;
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER uploads_5_tallied AFTER INSERT OR DELETE ON uploads
            FOR EACH ROW EXECUTE FUNCTION upload_tallied()
        """,
        """
        CREATE TRIGGER uploads_5_retallied AFTER UPDATE OF state ON uploads
            FOR EACH ROW WHEN (old.state <> new.state) EXECUTE FUNCTION upload_tallied()
        """,
        """
        CREATE FUNCTION upload_activated() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO active AS present VALUES (new.capsule, new.caller, 1)
                    ON CONFLICT (capsule, caller) DO UPDATE SET n = present.n + 1;
                RETURN NULL;
            END IF;
            DELETE FROM active WHERE capsule = old.capsule AND caller = old.caller AND n = 1;
            IF NOT FOUND THEN
                UPDATE active SET n = n - 1 WHERE capsule = old.capsule AND caller = old.caller;
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER uploads_3_activated AFTER INSERT ON uploads
            FOR EACH ROW WHEN (new.state = 0 AND NOT new.is_partial) EXECUTE FUNCTION upload_activated()
        """,
        """
        CREATE TRIGGER uploads_3_deactivated AFTER UPDATE OF state ON uploads
            FOR EACH ROW WHEN (old.state = 0 AND new.state <> 0 AND NOT old.is_partial)
            EXECUTE FUNCTION upload_activated()
        """,
        """
        CREATE FUNCTION upload_linked() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                UPDATE links SET uses = uses + 1, files = files + 1, bytes = bytes + coalesce(new.length, 0)
                    WHERE id = new.link;
            ELSE
                UPDATE links SET files = files - 1, bytes = bytes - coalesce(old.length, 0) WHERE id = new.link;
            END IF;
            RETURN NULL;
        END $$
        """,
        // Through links uploads have a length.
        """
        CREATE TRIGGER uploads_2_linked AFTER INSERT ON uploads
            FOR EACH ROW WHEN (new.link IS NOT NULL) EXECUTE FUNCTION upload_linked()
        """,
        """
        CREATE TRIGGER uploads_2_unlinked AFTER UPDATE OF state ON uploads
            FOR EACH ROW WHEN (new.link IS NOT NULL AND old.state < 2 AND new.state >= 2)
            EXECUTE FUNCTION upload_linked()
        """,
        """
        CREATE FUNCTION upload_derived() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF new.state = 1 THEN
                INSERT INTO derivations (upload, id, capsule, caller, state, due_at)
                    VALUES (new.seq, new.id, new.capsule, new.caller, 0, new.state_at);
            ELSE
                UPDATE derivations SET state = 2, reason = 'the original was deleted'
                    WHERE upload = new.seq AND state = 0;
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER uploads_1_derived AFTER INSERT ON uploads
            FOR EACH ROW WHEN (new.state = 1 AND new.recipe IS NOT NULL) EXECUTE FUNCTION upload_derived()
        """,
        """
        CREATE TRIGGER uploads_1_rederived AFTER UPDATE OF state ON uploads
            FOR EACH ROW
            WHEN (new.recipe IS NOT NULL AND (old.state = 0 AND new.state = 1 OR old.state = 1 AND new.state > 1))
            EXECUTE FUNCTION upload_derived()
        """,
        """
        CREATE FUNCTION part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE
            one record;
        BEGIN
            FOR one IN SELECT whole, count(*) AS times FROM parts WHERE source = new.seq GROUP BY whole ORDER BY whole LOOP
                IF old.state = 0 AND new.state <> 0 THEN
                    UPDATE concatenations SET pending_parts = pending_parts - one.times,
                        lost_parts = lost_parts + CASE WHEN new.state > 1 THEN one.times ELSE 0 END
                    WHERE whole = one.whole;
                END IF;
                IF old.length IS NULL AND new.length IS NOT NULL THEN
                    UPDATE concatenations SET unsized_parts = unsized_parts - one.times,
                        parts_length = parts_length + least(new.length, 562949953421312) * one.times
                    WHERE whole = one.whole;
                END IF;
            END LOOP;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER uploads_0_part_changed AFTER UPDATE ON uploads
            FOR EACH ROW
            WHEN (new.is_partial AND (old.state = 0 AND new.state <> 0 OR old.length IS NULL AND new.length IS NOT NULL))
            EXECUTE FUNCTION part_changed()
        """,
    ]
}
