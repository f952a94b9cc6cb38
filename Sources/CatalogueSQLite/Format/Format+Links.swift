extension Format {
    /// Upload links. The bearers of a link are a member of its capsule with the role 0, by the name `link:` and its id.
    static let schema8 = """
        CREATE TABLE links (
            id BLOB NOT NULL PRIMARY KEY,
            capsule BLOB NOT NULL,
            title TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER NOT NULL,
            files_max INTEGER, -- null, here and below, for no limit
            uses_max INTEGER,
            bytes_max INTEGER,
            file_bytes_max INTEGER,
            types TEXT NOT NULL, -- separated by spaces; empty for all
            uses INTEGER NOT NULL, -- uploads that were begun
            files INTEGER NOT NULL, -- those of them that are pending or stored
            bytes INTEGER NOT NULL -- of these
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX links_by_capsule ON links (capsule, id);
        CREATE INDEX links_by_expiry ON links (expires_at);
        ALTER TABLE uploads ADD COLUMN link BLOB; -- through which it was begun
        ALTER TABLE store_state ADD COLUMN link_key BLOB NOT NULL DEFAULT x'';

        CREATE TRIGGER uploads_counted_by_link AFTER INSERT ON uploads WHEN new.link IS NOT NULL BEGIN
            UPDATE links SET uses = uses + 1, files = files + 1, bytes = bytes + \(linkBytes("new"))
            WHERE id = new.link;
        END;
        CREATE TRIGGER uploads_recounted_by_link
            AFTER UPDATE OF state ON uploads WHEN new.link IS NOT NULL BEGIN
            UPDATE links SET files = files + (new.state < 2) - (old.state < 2),
                bytes = bytes + \(linkBytes("new")) - \(linkBytes("old"))
            WHERE id = new.link;
        END;
        """

    /// The bytes with which a row of `uploads` counts in its link, through which uploads have a length.
    static func linkBytes(_ row: String) -> String {
        """
        (CASE WHEN \(row).state < 2 THEN \(row).length ELSE 0 END)
        """
    }
}
