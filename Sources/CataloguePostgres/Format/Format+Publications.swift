extension Format {
    /// The copies of blobs that are published as one object each; see `Queries+Publications`. The triggers make an engine of an
    /// older release do its part, too.
    static let publications: [String] = [
        // Has a row once an engine publishes. Who reads the table holds up the transaction that adds it, so that every blob
        // either has its row in `publications`, or is found among those that were begun before.
        """
        CREATE TABLE publishing (
            one boolean PRIMARY KEY DEFAULT true CHECK (one),
            earlier_through bigint NOT NULL, -- the last upload that was begun before
            examined_through bigint NOT NULL DEFAULT 0 -- of these, up to which they have rows in publications
        )
        """,
        """
        CREATE TABLE publications (
            upload bigint PRIMARY KEY, -- the seq of one that is committed and no part
            state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2), -- pending, published, failed for good
            due_at timestamptz NOT NULL DEFAULT now(),
            attempts bigint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
            name text COLLATE "C" CHECK (state <> 1 OR name IS NOT NULL), -- of its object, from the first attempt on
            multipart text COLLATE "C", -- the id of the multipart upload under way
            attempt bytea, -- the fence: the attempt under way
            held_since timestamptz CHECK ((held_since IS NULL) = (attempt IS NULL)),
            reason text COLLATE "C" -- of the last failure
        )
        """,
        "CREATE INDEX publications_due ON publications (due_at, upload) WHERE state = 0",
        // The objects of ended uploads, which may be written once more by an engine that does not know yet.
        """
        CREATE TABLE unpublished (
            name text COLLATE "C" PRIMARY KEY,
            multipart text COLLATE "C",
            removals bigint NOT NULL DEFAULT 0,
            due_at timestamptz NOT NULL DEFAULT now()
        )
        """,
        "CREATE INDEX unpublished_by_time ON unpublished (due_at, name)",
        """
        CREATE FUNCTION upload_published() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF new.state = 1 THEN
                INSERT INTO publications (upload) SELECT new.seq FROM publishing ON CONFLICT DO NOTHING;
            ELSE
                WITH ended AS (
                    DELETE FROM publications WHERE upload = new.seq RETURNING name, multipart
                )
                INSERT INTO unpublished (name, multipart) SELECT name, multipart FROM ended WHERE name IS NOT NULL
                    ON CONFLICT DO NOTHING;
            END IF;
            RETURN NULL;
        END $$
        """,
        """
        CREATE TRIGGER uploads_6_published AFTER INSERT ON uploads
            FOR EACH ROW WHEN (new.state = 1 AND NOT new.is_partial) EXECUTE FUNCTION upload_published()
        """,
        """
        CREATE TRIGGER uploads_6_republished AFTER UPDATE OF state ON uploads
            FOR EACH ROW
            WHEN (NOT new.is_partial AND (old.state = 0 AND new.state = 1 OR old.state = 1 AND new.state > 1))
            EXECUTE FUNCTION upload_published()
        """,
    ]
}
