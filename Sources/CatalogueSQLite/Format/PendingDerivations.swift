import UploadCore

/// The pending derivations of each caller, in memory: no index of the file finds them, and the rounds of the queue and
/// the limit per caller need them. Temporary triggers keep them current within the transactions that change them, so a
/// rollback undoes both.
enum PendingDerivations {
    fileprivate static let schema = """
        CREATE TEMP TABLE pending_derivations (
            caller TEXT NOT NULL,
            due_at INTEGER NOT NULL,
            upload INTEGER NOT NULL, -- its seq
            PRIMARY KEY (caller, due_at, upload)
        ) STRICT, WITHOUT ROWID;
        CREATE TEMP TABLE pending_callers (
            caller TEXT NOT NULL PRIMARY KEY,
            n INTEGER NOT NULL -- pending derivations, more than none
        ) STRICT, WITHOUT ROWID;
        CREATE TEMP TRIGGER pending_added AFTER INSERT ON pending_derivations BEGIN
            INSERT INTO pending_callers VALUES (new.caller, 1) ON CONFLICT (caller) DO UPDATE SET n = n + 1;
        END;
        CREATE TEMP TRIGGER pending_removed AFTER DELETE ON pending_derivations BEGIN
            UPDATE pending_callers SET n = n - 1 WHERE caller = old.caller;
            DELETE FROM pending_callers WHERE caller = old.caller AND n = 0;
        END;
        CREATE TEMP TRIGGER derivation_added AFTER INSERT ON main.derivations WHEN new.state = 0 BEGIN
            INSERT INTO pending_derivations SELECT caller, new.due_at, new.upload FROM uploads WHERE seq = new.upload;
        END;
        CREATE TEMP TRIGGER derivation_changed AFTER UPDATE OF state, due_at ON main.derivations
            WHEN old.state = 0 AND (new.state <> 0 OR new.due_at <> old.due_at) BEGIN
            DELETE FROM pending_derivations
                WHERE caller = (SELECT uploads.caller FROM uploads WHERE seq = old.upload)
                    AND due_at = old.due_at AND upload = old.upload;
            INSERT INTO pending_derivations
                SELECT caller, new.due_at, new.upload FROM uploads WHERE seq = new.upload AND new.state = 0;
        END;
        INSERT INTO pending_derivations
            SELECT caller, due_at, upload FROM derivations CROSS JOIN uploads ON seq = upload
                WHERE derivations.state = 0;
        """
}

extension Connection {
    /// Reads the pending derivations, and keeps them from then on.
    func indexPendingDerivations() throws(UploadError) {
        try execute(PendingDerivations.schema)
    }
}
