extension Format {
    /// The files' own times, blobs by their digest, and parts that do not count as pending uploads of a capsule.
    static let schema9 = """
        ALTER TABLE uploads ADD COLUMN modified_at INTEGER; -- of the file, as its client stated
        CREATE INDEX uploads_by_digest ON uploads (digest, capsule)
            WHERE state = 1 AND is_partial = 0 AND digest_parts IS NULL;

        DROP TRIGGER uploads_begun_pending;
        DROP TRIGGER uploads_no_longer_pending;
        CREATE TRIGGER uploads_begun_pending AFTER INSERT ON uploads WHEN new.state = 0 AND new.is_partial = 0 BEGIN
            INSERT INTO active VALUES (new.capsule, new.caller, 1)
                ON CONFLICT (capsule, caller) DO UPDATE SET n = n + 1;
        END;
        CREATE TRIGGER uploads_no_longer_pending
            AFTER UPDATE OF state ON uploads WHEN old.state = 0 AND old.is_partial = 0 BEGIN
            UPDATE active SET n = n - 1 WHERE capsule = old.capsule AND caller = old.caller;
            DELETE FROM active WHERE capsule = old.capsule AND caller = old.caller AND n = 0;
        END;
        DELETE FROM active;
        INSERT INTO active SELECT capsule, caller, count(*) FROM uploads
            WHERE state = 0 AND is_partial = 0 GROUP BY capsule, caller;
        """
}
