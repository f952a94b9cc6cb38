extension Format {
    /// Times of capture with and without a zone, lists by them, and notes on derivations.
    ///
    /// Until then a derived memory had the camera's local time as if it were UTC, so its zone is unknown. All other times
    /// came from clients, with an offset.
    static let schema10 = """
        ALTER TABLE memories ADD COLUMN taken_zone INTEGER; -- minutes ahead of UTC; null where taken_at is local time
        UPDATE memories SET taken_zone = 0 WHERE taken_at IS NOT NULL
            AND id NOT IN (SELECT memory FROM derivations WHERE memory IS NOT NULL);
        ALTER TABLE memories ADD COLUMN shown_at INTEGER
            AS (coalesce(taken_at + 60000 * coalesce(taken_zone, 0), created_at)) VIRTUAL;
        CREATE INDEX memories_by_time ON memories (capsule, shown_at, id);
        ALTER TABLE memories ADD COLUMN derivation_extent INTEGER; -- 0 whole, 1 partial, 2 preview
        ALTER TABLE memories ADD COLUMN derivation_note TEXT;
        """
}

extension Format {
    /// Blobs that become assets of a derived memory.
    static let schema11 = """
        ALTER TABLE uploads ADD COLUMN companions BLOB; -- 17 bytes each: kind, id; null for none
        """
}
