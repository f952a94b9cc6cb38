extension Format {
    /// What principals use, kept by triggers. Also keeps the digest of all bytes of a concatenation.
    ///
    /// An upload counts with the bytes of `counted`: in `usage` of its capsule's owner as stored or reserved, and, while
    /// it is pending, in `usage` of its caller.
    static let schema7 = """
        ALTER TABLE concatenations ADD COLUMN whole_digest BLOB; -- of all its bytes; null where it was not computed
        -- The bytes of the durable chunks of a pending upload, as long as its length is unknown.
        ALTER TABLE uploads ADD COLUMN unsized_bytes INTEGER NOT NULL DEFAULT 0;

        CREATE TABLE usage (
            principal TEXT NOT NULL PRIMARY KEY,
            stored_bytes INTEGER NOT NULL, -- of its capsules: uploads that are not pending, and inline assets
            reserved_bytes INTEGER NOT NULL, -- of its capsules: pending uploads
            capsules INTEGER NOT NULL,
            members INTEGER NOT NULL, -- of its capsules
            pending_uploads INTEGER NOT NULL, -- that it began
            pending_bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO usage \(usageQuery);

        CREATE TRIGGER capsules_counted AFTER INSERT ON capsules BEGIN
            INSERT INTO usage VALUES (new.owner, new.inline_bytes, 0, 1, 0, 0, 0) ON CONFLICT (principal)
                DO UPDATE SET capsules = capsules + 1, stored_bytes = stored_bytes + excluded.stored_bytes;
        END;
        CREATE TRIGGER capsules_inline_counted AFTER UPDATE OF inline_bytes ON capsules BEGIN
            UPDATE usage SET stored_bytes = stored_bytes + new.inline_bytes - old.inline_bytes
            WHERE principal = new.owner;
        END;
        CREATE TRIGGER members_added AFTER INSERT ON members BEGIN
            UPDATE usage SET members = members + 1
            WHERE principal = (SELECT owner FROM capsules WHERE id = new.capsule);
        END;
        CREATE TRIGGER members_removed AFTER DELETE ON members BEGIN
            UPDATE usage SET members = members - 1
            WHERE principal = (SELECT owner FROM capsules WHERE id = old.capsule);
        END;

        CREATE TRIGGER uploads_counted AFTER INSERT ON uploads WHEN \(counted("new")) > 0 BEGIN
            UPDATE usage SET
                stored_bytes = stored_bytes + \(counted("new", if: "new.state > 0")),
                reserved_bytes = reserved_bytes + \(counted("new", if: "new.state = 0"))
            WHERE principal = (SELECT owner FROM capsules WHERE id = new.capsule);
        END;
        CREATE TRIGGER uploads_counted_pending AFTER INSERT ON uploads WHEN new.state = 0 BEGIN
            INSERT INTO usage VALUES (new.caller, 0, 0, 0, 0, 1, \(counted("new"))) ON CONFLICT (principal)
                DO UPDATE SET pending_uploads = pending_uploads + 1,
                    pending_bytes = pending_bytes + excluded.pending_bytes;
        END;
        CREATE TRIGGER uploads_recounted
            AFTER UPDATE OF state, length, offset, unsized_bytes, is_freed ON uploads
            WHEN new.state <> old.state OR \(counted("new")) <> \(counted("old")) BEGIN
            UPDATE usage SET
                stored_bytes = stored_bytes + \(counted("new", if: "new.state > 0"))
                    - \(counted("old", if: "old.state > 0")),
                reserved_bytes = reserved_bytes + \(counted("new", if: "new.state = 0"))
                    - \(counted("old", if: "old.state = 0"))
            WHERE principal = (SELECT owner FROM capsules WHERE id = new.capsule);
        END;
        CREATE TRIGGER uploads_recounted_pending
            AFTER UPDATE OF state, length, offset, unsized_bytes, is_freed ON uploads
            WHEN old.state = 0 AND (new.state <> 0 OR \(counted("new")) <> \(counted("old"))) BEGIN
            UPDATE usage SET
                pending_uploads = pending_uploads - (new.state <> 0),
                pending_bytes = pending_bytes + \(counted("new", if: "new.state = 0")) - \(counted("old"))
            WHERE principal = new.caller;
            DELETE FROM usage WHERE principal = new.caller AND capsules = 0 AND pending_uploads = 0;
        END;
        CREATE TRIGGER uploads_uncounted AFTER DELETE ON uploads WHEN \(counted("old")) > 0 BEGIN
            UPDATE usage SET stored_bytes = stored_bytes - \(counted("old"))
            WHERE principal = (SELECT owner FROM capsules WHERE id = old.capsule);
        END;
        """

    /// The bytes with which a row of `uploads` counts. No pending upload is deleted from the table.
    private static func counted(_ row: String, if condition: String = "TRUE") -> String {
        """
        (CASE WHEN \(row).is_freed = 1 OR \(row).is_concatenation = 1 OR NOT (\(condition)) THEN 0
            ELSE coalesce(\(row).length, \(row).offset + \(row).unsized_bytes) END)
        """
    }

    /// The rows that `usage` has to have, from everything that counts.
    static let usageQuery = """
        SELECT principal, sum(stored), sum(reserved), sum(capsules), sum(members), sum(uploads), sum(bytes) FROM (
            SELECT owner AS principal, inline_bytes AS stored, 0 AS reserved, 1 AS capsules, 0 AS members,
                0 AS uploads, 0 AS bytes
            FROM capsules
            UNION ALL
            SELECT owner, 0, 0, 0, 1, 0, 0 FROM members CROSS JOIN capsules ON capsules.id = members.capsule
            UNION ALL
            SELECT owner, stored, reserved, 0, 0, 0, 0 FROM (
                SELECT capsule, sum(\(counted("uploads", if: "state > 0"))) AS stored,
                    sum(\(counted("uploads", if: "state = 0"))) AS reserved
                FROM uploads GROUP BY capsule
            ) AS sums CROSS JOIN capsules ON capsules.id = sums.capsule
            UNION ALL
            SELECT caller, 0, 0, 0, 0, 1, \(counted("uploads")) FROM uploads WHERE state = 0
        ) GROUP BY principal
        """
}
