extension Format {
    /// What is made of uploads once they are committed.
    static let schema2 = """
        ALTER TABLE capsules ADD COLUMN recipe INTEGER;
        ALTER TABLE uploads ADD COLUMN recipe INTEGER;
        ALTER TABLE memories ADD COLUMN thumb_hash BLOB;
        ALTER TABLE memories ADD COLUMN shortfall TEXT;

        -- One row for each upload with a recipe, from its commit on and for good.
        CREATE TABLE derivations (
            upload INTEGER PRIMARY KEY, -- its seq
            id BLOB NOT NULL, -- and its id, for lists in that order
            capsule BLOB NOT NULL,
            state INTEGER NOT NULL, -- 0 pending, 1 done, 2 failed
            attempts INTEGER NOT NULL,
            due_at INTEGER NOT NULL,
            reason TEXT,
            memory BLOB
        ) STRICT;
        CREATE INDEX derivations_due ON derivations (due_at, upload) WHERE state = 0;
        CREATE INDEX derivations_pending ON derivations (capsule, id) WHERE state = 0;
        CREATE INDEX derivations_by_capsule ON derivations (capsule, id);

        -- A commit and the job that comes of it are one transaction, whichever statement commits.
        CREATE TRIGGER uploads_to_derive AFTER UPDATE OF state ON uploads
            WHEN new.state = 1 AND old.state = 0 AND new.recipe IS NOT NULL BEGIN
            INSERT INTO derivations (upload, id, capsule, state, attempts, due_at)
                VALUES (new.seq, new.id, new.capsule, 0, 0, new.state_at);
        END;
        CREATE TRIGGER uploads_begun_to_derive AFTER INSERT ON uploads
            WHEN new.state = 1 AND new.recipe IS NOT NULL BEGIN
            INSERT INTO derivations (upload, id, capsule, state, attempts, due_at)
                VALUES (new.seq, new.id, new.capsule, 0, 0, new.state_at);
        END;
        CREATE TRIGGER uploads_deleted_before_derived AFTER UPDATE OF state ON uploads
            WHEN new.state > 1 AND old.state = 1 AND new.recipe IS NOT NULL BEGIN
            UPDATE derivations SET state = 2, reason = 'the original was deleted'
                WHERE upload = new.seq AND state = 0;
        END;
        """
}
