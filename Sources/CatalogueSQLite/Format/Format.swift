import UploadCore
import UploadDerivation
import UploadMemories

/// The format of the database file: its marker, and the migrations from older formats.
struct Format {
    /// “Whrf”, in the file's header.
    static let applicationId: Int64 = 0x5768_7266

    typealias Fill = @Sendable (Connection) throws(UploadError) -> Void

    /// The n-th script migrates version n − 1 to version n. Shipped scripts are never changed: a test compares their
    /// digests.
    let migrations: [String]
    /// The part of a migration that SQL cannot express: runs after the script of its version, in the same transaction.
    var fills: [Int: Fill] = [:]

    var version: Int { migrations.count }
    var hasDerivations: Bool { migrations.contains(Self.schema2) }
    /// Whether the table `store_state` exists, with all its columns.
    var recordsDurability: Bool { migrations.contains(Self.schema5) }

    static let current = Format(
        migrations: [
            schema1, schema2, schema3, schema4, schema5, schema6, schema7, schema8, schema9, schema10, schema11,
            schema12,
        ],
        fills: [
            3: { c throws(UploadError) in try Queries.fillConcatenations(c) },
            7: { c throws(UploadError) in try Queries.fillUnsizedBytes(c) },
            8: { c throws(UploadError) in try Queries.fillLinkSecret(c) },
        ])
}

extension Format {
    /// A `seq` of `uploads` is never reused, on which the keys of `bytes` rely: see `Queries.removableQuery`.
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

extension Format {
    /// Derivation recipes and jobs.
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

extension Format {
    /// Concatenations that are read from one row, and clearer names.
    static let schema3 = """
        ALTER TABLE tallies RENAME TO upload_counts;
        ALTER TABLE memories RENAME COLUMN shortfall TO derivation_error;

        -- One row for each concatenation whose rows in `parts` exist.
        CREATE TABLE concatenations (
            whole INTEGER PRIMARY KEY, -- the seq of its upload
            part_ids BLOB NOT NULL, -- 16 bytes each, in order
            pending_parts INTEGER NOT NULL,
            lost_parts INTEGER NOT NULL, -- ended before they were committed
            unsized_parts INTEGER NOT NULL, -- of an unknown length
            parts_length INTEGER NOT NULL, -- of the others together; 2^49 at most each
            extents BLOB -- once committed: source, storage, length, key, digest, 89 bytes each
        ) STRICT;
        CREATE TRIGGER parts_settled AFTER UPDATE OF state ON uploads
            WHEN new.is_partial = 1 AND old.state = 0 AND new.state <> 0 BEGIN
            UPDATE concatenations SET
                pending_parts = pending_parts - (
                    SELECT count(*) FROM parts WHERE source = new.seq AND parts.whole = concatenations.whole),
                lost_parts = lost_parts + (new.state > 1) * (
                    SELECT count(*) FROM parts WHERE source = new.seq AND parts.whole = concatenations.whole)
            WHERE whole IN (SELECT parts.whole FROM parts WHERE source = new.seq);
        END;
        CREATE TRIGGER parts_sized AFTER UPDATE OF length ON uploads
            WHEN new.is_partial = 1 AND old.length IS NULL AND new.length IS NOT NULL BEGIN
            UPDATE concatenations SET
                unsized_parts = unsized_parts - (
                    SELECT count(*) FROM parts WHERE source = new.seq AND parts.whole = concatenations.whole),
                parts_length = parts_length + min(new.length, 562949953421312) * (
                    SELECT count(*) FROM parts WHERE source = new.seq AND parts.whole = concatenations.whole)
            WHERE whole IN (SELECT parts.whole FROM parts WHERE source = new.seq);
        END;
        """
}

extension Format {
    /// The durability in which the store was written last.
    static let schema4 = """
        CREATE TABLE store_state (
            row INTEGER PRIMARY KEY CHECK (row = 1),
            durability INTEGER NOT NULL -- of the last opening: 1 process crash, 2 power loss; 0 unknown
        ) STRICT;
        INSERT INTO store_state VALUES (1, 0);
        """
}

extension Format {
    /// Hashes that go on after a restart.
    static let schema12 = """
        -- The state of the SHA-256 of the first bytes of a pending upload, all durable; see SHA256Midstate. Null for none.
        ALTER TABLE uploads ADD COLUMN prefix_hash BLOB;
        """
}

extension Format {
    /// Checksums of stored bytes, and when they are to be compared.
    static let schema5 = """
        -- The checksums of the durable blocks of uploads in files, until their bytes are freed. A page has up to 64
        -- blocks: 8 bytes with a bit for each block that has a checksum, then 4 bytes for each block, little-endian.
        CREATE TABLE checksums (
            upload INTEGER NOT NULL,
            page INTEGER NOT NULL,
            sums BLOB NOT NULL,
            PRIMARY KEY (upload, page)
        ) STRICT, WITHOUT ROWID;
        -- The checksum of an append's bytes after its last whole block.
        ALTER TABLE uploads ADD COLUMN tail_checksum INTEGER;

        -- The boot of the machine since which unsynced writes exist; empty if there are none.
        ALTER TABLE store_state ADD COLUMN unsynced_boot TEXT NOT NULL DEFAULT '';
        UPDATE store_state SET unsynced_boot = 'unknown' WHERE durability <> 2;
        ALTER TABLE store_state ADD COLUMN needs_verification INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE store_state ADD COLUMN scrubbed_through BLOB;
        ALTER TABLE store_state ADD COLUMN scrub_began INTEGER;
        ALTER TABLE store_state ADD COLUMN is_scrubbing INTEGER NOT NULL DEFAULT 0;

        -- Tells this store, and its backups, from others.
        ALTER TABLE store_state ADD COLUMN id BLOB NOT NULL DEFAULT x'';
        UPDATE store_state SET id = randomblob(16);
        """
}

extension Format {
    /// Ended uploads keep no metadata, and are removed after their retention.
    static let schema6 = """
        CREATE INDEX uploads_removable ON uploads (state_at) WHERE state > 1 AND is_freed = 1;
        CREATE TRIGGER uploads_removed AFTER DELETE ON uploads BEGIN
            UPDATE upload_counts SET n = n - 1 WHERE state = old.state AND is_partial = old.is_partial;
        END;
        UPDATE uploads SET idempotency_key = NULL, fingerprint = x'', expected_digest = NULL, content_type = '',
            name = '', opaque = ''
        WHERE state > 1;
        UPDATE uploads SET provisional_memory = '', digest = NULL, digest_parts = NULL
        WHERE state > 1 AND is_freed = 1;
        """
}
