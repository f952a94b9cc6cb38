extension Format {
    /// Rows of `uploads` are never deleted: an id stays unusable when its upload has ended, and a `seq` is never given
    /// to a second upload, which the keys of `bytes` rely on.
    static let schema1 = """
        CREATE TABLE capsules (
            id BLOB NOT NULL PRIMARY KEY,
            title TEXT NOT NULL,
            owner TEXT NOT NULL,
            is_default INTEGER NOT NULL,
            inline_bytes INTEGER NOT NULL, -- the sum over its inline assets
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX capsules_by_owner ON capsules (owner, id);
        CREATE UNIQUE INDEX capsules_default ON capsules (owner) WHERE is_default = 1;

        CREATE TABLE members (
            capsule BLOB NOT NULL,
            principal TEXT NOT NULL,
            role INTEGER NOT NULL, -- 1 reader, 2 writer
            PRIMARY KEY (capsule, principal)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX members_by_principal ON members (principal, capsule);

        CREATE TABLE uploads (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            state INTEGER NOT NULL, -- 0 pending, 1 committed, 2 aborted or deleted, 3 expired
            state_at INTEGER, -- since when, unless pending
            capsule BLOB NOT NULL,
            caller TEXT NOT NULL,
            is_partial INTEGER NOT NULL,
            storage INTEGER NOT NULL, -- 0 file, 1 catalogue
            is_concatenation INTEGER NOT NULL,
            is_freed INTEGER NOT NULL, -- whether its bytes were given up
            chunk_size INTEGER, -- null where it is appended to
            length INTEGER,
            offset INTEGER NOT NULL, -- durable bytes of an append
            created_at INTEGER NOT NULL,
            last_seen INTEGER NOT NULL,
            provisional_memory TEXT NOT NULL,
            idempotency_key BLOB,
            fingerprint BLOB NOT NULL,
            expected_digest BLOB,
            digest BLOB, -- once committed
            digest_parts INTEGER, -- null where the digest is that of all bytes
            content_type TEXT NOT NULL,
            name TEXT NOT NULL,
            opaque TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX uploads_by_key ON uploads (capsule, caller, idempotency_key)
            WHERE idempotency_key IS NOT NULL AND state < 2;
        -- Lists are in the order of ids. Pending uploads are few among the committed ones, and asked for in every way.
        CREATE INDEX uploads_by_capsule ON uploads (capsule, id);
        CREATE INDEX uploads_pending ON uploads (id) WHERE state = 0;
        CREATE INDEX uploads_pending_by_capsule ON uploads (capsule, id) WHERE state = 0;
        CREATE INDEX uploads_pending_by_caller ON uploads (caller, id) WHERE state = 0;
        CREATE INDEX uploads_ended ON uploads (state, id) WHERE state > 1;
        CREATE INDEX uploads_by_last_seen ON uploads (last_seen, id)
            WHERE state = 0 OR (state = 1 AND is_partial = 1);

        -- How many uploads there are of each kind, so that counting costs nothing.
        CREATE TABLE tallies (
            state INTEGER NOT NULL,
            is_partial INTEGER NOT NULL,
            n INTEGER NOT NULL,
            PRIMARY KEY (state, is_partial)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO tallies VALUES
            (0, 0, 0), (0, 1, 0), (1, 0, 0), (1, 1, 0), (2, 0, 0), (2, 1, 0), (3, 0, 0), (3, 1, 0);
        CREATE TABLE active (
            capsule BLOB NOT NULL,
            caller TEXT NOT NULL,
            n INTEGER NOT NULL, -- pending uploads, more than none
            PRIMARY KEY (capsule, caller)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER uploads_begun AFTER INSERT ON uploads BEGIN
            UPDATE tallies SET n = n + 1 WHERE state = new.state AND is_partial = new.is_partial;
        END;
        CREATE TRIGGER uploads_begun_pending AFTER INSERT ON uploads WHEN new.state = 0 BEGIN
            INSERT INTO active VALUES (new.capsule, new.caller, 1)
                ON CONFLICT (capsule, caller) DO UPDATE SET n = n + 1;
        END;
        CREATE TRIGGER uploads_changed AFTER UPDATE OF state ON uploads WHEN new.state <> old.state BEGIN
            UPDATE tallies SET n = n - 1 WHERE state = old.state AND is_partial = old.is_partial;
            UPDATE tallies SET n = n + 1 WHERE state = new.state AND is_partial = new.is_partial;
        END;
        CREATE TRIGGER uploads_no_longer_pending AFTER UPDATE OF state ON uploads WHEN old.state = 0 BEGIN
            UPDATE active SET n = n - 1 WHERE capsule = old.capsule AND caller = old.caller;
            DELETE FROM active WHERE capsule = old.capsule AND caller = old.caller AND n = 0;
        END;

        -- The durable chunks of pending uploads, a bit each: bit k of byte b of page p is chunk 4096 p + 8 b + k. A
        -- page has up to 512 bytes, so that confirming a chunk rewrites no more than that.
        CREATE TABLE ledger (
            upload INTEGER NOT NULL,
            page INTEGER NOT NULL,
            bits BLOB NOT NULL,
            PRIMARY KEY (upload, page)
        ) STRICT, WITHOUT ROWID;

        -- The bytes of uploads whose storage is the catalogue, at place = seq * 2^21 + offset.
        CREATE TABLE bytes (
            place INTEGER PRIMARY KEY,
            data BLOB NOT NULL
        ) STRICT;

        -- What pending and committed concatenations consist of, and ended ones that others still refer to.
        CREATE TABLE parts (
            whole INTEGER NOT NULL,
            position INTEGER NOT NULL,
            source INTEGER NOT NULL,
            PRIMARY KEY (whole, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX parts_by_source ON parts (source, whole);

        CREATE TABLE garbage (
            seq INTEGER PRIMARY KEY,
            key BLOB NOT NULL UNIQUE
        ) STRICT;

        CREATE TABLE memories (
            seq INTEGER PRIMARY KEY,
            id BLOB NOT NULL UNIQUE,
            capsule BLOB NOT NULL,
            creator TEXT NOT NULL,
            idempotency_key BLOB,
            fingerprint BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            taken_at INTEGER,
            type TEXT NOT NULL,
            title TEXT NOT NULL,
            text TEXT NOT NULL
        ) STRICT;
        CREATE INDEX memories_by_capsule ON memories (capsule, id);
        CREATE UNIQUE INDEX memories_by_key ON memories (capsule, creator, idempotency_key)
            WHERE idempotency_key IS NOT NULL;

        CREATE TABLE tags (
            memory INTEGER NOT NULL,
            position INTEGER NOT NULL,
            tag TEXT NOT NULL,
            PRIMARY KEY (memory, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE assets (
            seq INTEGER PRIMARY KEY,
            memory INTEGER NOT NULL,
            id BLOB NOT NULL,
            kind TEXT NOT NULL,
            content_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            width INTEGER,
            height INTEGER,
            digest BLOB NOT NULL,
            blob BLOB, -- the id of an upload, or
            inline BLOB, -- the bytes themselves
            UNIQUE (memory, id)
        ) STRICT;
        CREATE INDEX assets_by_memory ON assets (memory, seq);
        CREATE INDEX assets_by_blob ON assets (blob) WHERE blob IS NOT NULL;
        """
}
