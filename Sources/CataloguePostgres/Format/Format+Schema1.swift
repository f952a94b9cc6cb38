// Text is compared byte by byte (COLLATE "C"), and holds no U+0000: see `String.encode`. Times are milliseconds since the
// epoch, as the engines tell them; those of type timestamptz are the server's. Rows are never found by a `seq` of another
// table without an index.
extension Format {
    static let schema1: [String] =
        [
            """
            CREATE TABLE wharf_store (
                one boolean PRIMARY KEY DEFAULT true CHECK (one),
                format bigint NOT NULL,
                link_key bytea NOT NULL,
                needs_verification boolean NOT NULL DEFAULT false,
                scrubbed_through bytea,
                scrub_began bigint,
                is_scrubbing boolean NOT NULL DEFAULT false
            )
            """,
            "INSERT INTO wharf_store (format, link_key) VALUES (1, '')",
            """
            CREATE TABLE capsules (
                id bytea PRIMARY KEY,
                title text COLLATE "C" NOT NULL,
                owner text COLLATE "C" NOT NULL,
                is_default boolean NOT NULL,
                inline_bytes bigint NOT NULL DEFAULT 0 CHECK (inline_bytes >= 0), -- the sum over its inline assets
                created_at bigint NOT NULL,
                recipe bigint
            )
            """,
            "CREATE INDEX capsules_by_owner ON capsules (owner, id)",
            "CREATE UNIQUE INDEX capsules_default ON capsules (owner) WHERE is_default",
            """
            CREATE TABLE members (
                capsule bytea NOT NULL,
                principal text COLLATE "C" NOT NULL,
                role bigint NOT NULL CHECK (role BETWEEN 0 AND 2), -- 0 uploader (a link), 1 reader, 2 writer
                PRIMARY KEY (capsule, principal)
            )
            """,
            "CREATE INDEX members_by_principal ON members (principal, capsule)",
            """
            CREATE TABLE links (
                id bytea PRIMARY KEY,
                capsule bytea NOT NULL,
                title text COLLATE "C" NOT NULL,
                created_at bigint NOT NULL,
                expires_at bigint NOT NULL,
                files_max bigint, -- null, here and below, for no limit
                uses_max bigint,
                bytes_max bigint,
                file_bytes_max bigint,
                types text COLLATE "C" NOT NULL, -- separated by spaces; empty for all
                uses bigint NOT NULL DEFAULT 0, -- uploads that were begun
                files bigint NOT NULL DEFAULT 0, -- those of them that are pending or stored
                bytes bigint NOT NULL DEFAULT 0, -- of these
                CHECK (files >= 0 AND bytes >= 0 AND uses >= files)
            )
            """,
            "CREATE INDEX links_by_capsule ON links (capsule, id)",
            "CREATE INDEX links_by_expiry ON links (expires_at, id)",
        ] + uploadTables + segmentTables + memoryTables + usageTables + uploadTriggers + usageTriggers

    private static let uploadTables = [
        """
        CREATE TABLE uploads (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- never used twice
            id bytea NOT NULL UNIQUE,
            state smallint NOT NULL CHECK (state BETWEEN 0 AND 3), -- pending, committed, aborted or deleted, expired
            state_at bigint CHECK ((state_at IS NULL) = (state = 0)),
            epoch bigint NOT NULL DEFAULT 0, -- the fence: claims while it was pending
            capsule bytea NOT NULL,
            caller text COLLATE "C" NOT NULL,
            is_partial boolean NOT NULL,
            storage smallint NOT NULL, -- 0 file, 1 catalogue
            is_concatenation boolean NOT NULL,
            is_freed boolean NOT NULL DEFAULT false, -- whether its bytes were given up
            chunk_size bigint CHECK (chunk_size > 0), -- null where it is appended to
            length bigint CHECK (length >= 0),
            appended bigint NOT NULL CHECK (appended >= 0), -- durable bytes of an append
            unsized_bytes bigint NOT NULL DEFAULT 0 CHECK (unsized_bytes >= 0), -- of durable chunks, without a length
            created_at bigint NOT NULL,
            last_seen bigint NOT NULL,
            provisional_memory text COLLATE "C" NOT NULL,
            idempotency_key bytea,
            fingerprint bytea,
            expected_digest bytea,
            digest bytea, -- once committed
            digest_parts bigint, -- null where the digest is that of all bytes
            tail_checksum bigint, -- of an append's bytes after its last whole block
            prefix_hash bytea, -- the state of the SHA-256 of the first bytes of a pending upload; see SHA256Midstate
            content_type text COLLATE "C" NOT NULL,
            name text COLLATE "C" NOT NULL,
            opaque text COLLATE "C" NOT NULL,
            modified_at bigint,
            recipe bigint,
            companions bytea, -- 17 bytes each: kind, id; null for none
            link bytea, -- through which it was begun
            CHECK (state <> 1 OR digest IS NOT NULL AND length IS NOT NULL),
            CHECK (state <> 0 OR digest IS NULL),
            CHECK (prefix_hash IS NULL OR state = 0 AND storage = 0 AND length(prefix_hash) BETWEEN 40 AND 103
                AND (chunk_size IS NOT NULL OR substr(prefix_hash, 1, 8) <= int8send(appended)))
        )
        """,
        """
        CREATE UNIQUE INDEX uploads_by_key ON uploads (capsule, caller, idempotency_key)
            WHERE idempotency_key IS NOT NULL AND state < 2
        """,
        "CREATE INDEX uploads_by_capsule ON uploads (capsule, id)",
        "CREATE INDEX uploads_pending ON uploads (id) WHERE state = 0",
        "CREATE INDEX uploads_pending_by_capsule ON uploads (capsule, id) WHERE state = 0",
        "CREATE INDEX uploads_pending_by_caller ON uploads (caller, id) WHERE state = 0",
        "CREATE INDEX uploads_ended ON uploads (state, id) WHERE state > 1",
        "CREATE INDEX uploads_removable ON uploads (state_at, seq) WHERE state > 1 AND is_freed",
        """
        CREATE INDEX uploads_by_last_seen ON uploads (last_seen, id) WHERE state = 0 OR (state = 1 AND is_partial)
        """,
        """
        CREATE INDEX uploads_by_digest ON uploads (digest, capsule)
            WHERE state = 1 AND NOT is_partial AND digest_parts IS NULL
        """,
        // As in `LedgerPosition`: a bit for each durable chunk of a pending upload.
        """
        CREATE TABLE ledger (
            upload bigint NOT NULL,
            page bigint NOT NULL,
            bits bytea NOT NULL,
            PRIMARY KEY (upload, page)
        )
        """,
        """
        CREATE TABLE chunk_digests (
            upload bigint NOT NULL,
            chunk bigint NOT NULL,
            digest bytea NOT NULL,
            PRIMARY KEY (upload, chunk)
        )
        """,
        // The bytes of uploads whose storage is the catalogue.
        """
        CREATE TABLE bytes (
            upload bigint NOT NULL,
            start bigint NOT NULL,
            data bytea NOT NULL,
            PRIMARY KEY (upload, start)
        )
        """,
        // As in `ChecksumPage`.
        """
        CREATE TABLE checksums (
            upload bigint NOT NULL,
            page bigint NOT NULL,
            sums bytea NOT NULL,
            PRIMARY KEY (upload, page)
        )
        """,
        // What pending and committed concatenations consist of, and ended ones that others still refer to.
        """
        CREATE TABLE parts (
            whole bigint NOT NULL,
            position bigint NOT NULL,
            source bigint NOT NULL,
            PRIMARY KEY (whole, position)
        )
        """,
        "CREATE INDEX parts_by_source ON parts (source, whole)",
        """
        CREATE TABLE concatenations (
            whole bigint PRIMARY KEY, -- the seq of its upload
            part_ids bytea NOT NULL, -- 16 bytes each, in order
            pending_parts bigint NOT NULL CHECK (pending_parts >= 0),
            lost_parts bigint NOT NULL, -- ended before they were committed
            unsized_parts bigint NOT NULL CHECK (unsized_parts >= 0), -- of an unknown length
            parts_length bigint NOT NULL, -- of the others together; 2^49 at most each
            extents bytea, -- once committed: source, storage, length, key, digest, 89 bytes each
            whole_digest bytea -- of all its bytes; null where it was not computed
        )
        """,
    ]

    private static let segmentTables = [
        // Segments that may be written, until a record takes them.
        """
        CREATE TABLE announcements (
            key bytea PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT now()
        )
        """,
        "CREATE INDEX announcements_by_time ON announcements (at)",
        // Which segments hold the bytes of an object. Those of one object never overlap.
        """
        CREATE TABLE receipts (
            object bytea NOT NULL, -- the key of the upload's object
            start bigint NOT NULL,
            stop bigint NOT NULL CHECK (stop > start),
            key bytea NOT NULL UNIQUE,
            upload bigint NOT NULL,
            PRIMARY KEY (object, start)
        )
        """,
        """
        CREATE TABLE garbage (
            key bytea PRIMARY KEY,
            seq bigint GENERATED ALWAYS AS IDENTITY,
            removals bigint NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now()
        )
        """,
        "CREATE INDEX garbage_by_time ON garbage (due_at, seq)",
    ]

    private static let memoryTables = [
        """
        CREATE TABLE memories (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id bytea NOT NULL UNIQUE,
            capsule bytea NOT NULL,
            creator text COLLATE "C" NOT NULL,
            idempotency_key bytea,
            fingerprint bytea NOT NULL,
            created_at bigint NOT NULL,
            taken_at bigint,
            taken_zone bigint, -- minutes ahead of UTC; null where taken_at is local time
            shown_at bigint GENERATED ALWAYS AS
                (coalesce(taken_at + 60000 * coalesce(taken_zone, 0), created_at)) STORED,
            type text COLLATE "C" NOT NULL,
            title text COLLATE "C" NOT NULL,
            text text COLLATE "C" NOT NULL,
            thumb_hash bytea,
            derivation_error text COLLATE "C",
            derivation_extent bigint, -- 0 whole, 1 partial, 2 preview
            derivation_note text COLLATE "C"
        )
        """,
        "CREATE INDEX memories_by_capsule ON memories (capsule, id)",
        "CREATE INDEX memories_by_time ON memories (capsule, shown_at, id)",
        """
        CREATE UNIQUE INDEX memories_by_key ON memories (capsule, creator, idempotency_key)
            WHERE idempotency_key IS NOT NULL
        """,
        """
        CREATE TABLE tags (
            memory bigint NOT NULL,
            position bigint NOT NULL,
            tag text COLLATE "C" NOT NULL,
            PRIMARY KEY (memory, position)
        )
        """,
        """
        CREATE TABLE assets (
            seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            memory bigint NOT NULL,
            id bytea NOT NULL,
            kind text COLLATE "C" NOT NULL,
            content_type text COLLATE "C" NOT NULL,
            size bigint NOT NULL,
            width bigint,
            height bigint,
            digest bytea NOT NULL,
            blob bytea, -- the id of an upload, or
            inline bytea, -- the bytes themselves
            UNIQUE (memory, id),
            CHECK ((blob IS NULL) <> (inline IS NULL))
        )
        """,
        "CREATE INDEX assets_by_memory ON assets (memory, seq)",
        "CREATE INDEX assets_by_blob ON assets (blob) WHERE blob IS NOT NULL",
        // One row for each upload with a recipe, from its commit on until the upload is removed.
        """
        CREATE TABLE derivations (
            upload bigint PRIMARY KEY, -- its seq
            id bytea NOT NULL, -- and its id, for lists in that order
            capsule bytea NOT NULL,
            caller text COLLATE "C" NOT NULL,
            state smallint NOT NULL CHECK (state BETWEEN 0 AND 2), -- pending, done, failed
            attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            due_at bigint NOT NULL,
            reason text COLLATE "C",
            memory bytea CHECK (state <> 1 OR memory IS NOT NULL),
            holder bytea, -- the engine that started the last attempt
            held_since timestamptz
        )
        """,
        "CREATE INDEX derivations_due ON derivations (due_at) WHERE state = 0",
        "CREATE INDEX derivations_by_caller ON derivations (caller, due_at, upload) WHERE state = 0",
        "CREATE INDEX derivations_pending ON derivations (capsule, id) WHERE state = 0",
        "CREATE INDEX derivations_by_capsule ON derivations (capsule, id)",
    ]
}
