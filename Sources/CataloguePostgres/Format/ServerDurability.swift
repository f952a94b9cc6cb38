import UploadCore

/// What a server says about how it keeps what it acknowledges.
struct ServerDurability: Hashable, Sendable {
    var encoding = "UTF8"
    var fsync = true
    var fullPageWrites = true
    /// The setting `synchronous_commit`.
    var synchronousCommit = "on"
    /// The setting `synchronous_standby_names`; empty for none.
    var synchronousStandbys = ""
    /// The servers that follow this one; backups under way and subscribers of logical replication do not.
    var standbys = 0
    /// The followers that may be backups: the user may not see what they do.
    var hiddenFollowers = 0

    /// What the settings of the catalogue say to a server like this one.
    ///
    /// A client is told an offset once it is committed. After a fail-over to a standby that had not received the commit
    /// the offset would fall, and a committed blob would vanish.
    ///
    /// - Returns: Warnings.
    /// - Throws: `invalid_argument`, which says what to change; `store_corrupt` for a database whose text is not UTF-8.
    func warnings(
        _ durability: Durability, _ policy: PostgresSettings.StandbyPolicy
    ) throws(UploadError) -> [String] {
        guard encoding == "UTF8" else {
            throw UploadError(.storeCorrupt(detail: "the database has the encoding \(encoding) instead of UTF8"))
        }
        if durability == .powerLoss {
            guard fsync, fullPageWrites, synchronousCommit != "off" else {
                throw UploadError(
                    .invalidArgument(
                        "durability",
                        """
                        is power-loss, but PostgreSQL loses acknowledged commits with the power: set fsync, \
                        full_page_writes and synchronous_commit to on, or the durability to process-crash
                        """))
            }
        }
        guard let problem = standbyProblem else { return [] }
        if policy == .warn { return [problem] }
        throw UploadError(
            .invalidArgument(
                "standbys", "must be synchronous: \(problem), or let a warning suffice (catalogue-standbys=warn)"))
    }

    private var standbyProblem: String? {
        if standbys + hiddenFollowers == 0, synchronousStandbys.isEmpty { return nil }
        guard !synchronousStandbys.isEmpty else {
            if standbys == 0 {
                return """
                    the user may not see whether the followers of PostgreSQL (\(hiddenFollowers)) are standbys or backups: grant \
                    pg_read_all_stats to it, or set synchronous_standby_names if they are standbys
                    """
            }
            return """
                PostgreSQL has \(standbys) standbys and none is synchronous, so a fail-over undoes acknowledged \
                commits: set synchronous_standby_names
                """
        }
        guard ["on", "remote_apply"].contains(synchronousCommit) else {
            return """
                commits do not wait for the synchronous standbys, so a fail-over undoes some: set synchronous_commit \
                to on
                """
        }
        return nil
    }
}

extension Connection {
    /// See `ServerDurability.warnings`.
    func requireDurability(_ settings: PostgresSettings) throws(UploadError) -> [String] {
        let found = try first(
            """
            SELECT current_setting('server_encoding'), current_setting('fsync') = 'on',
                current_setting('full_page_writes') = 'on', current_setting('synchronous_commit'),
                current_setting('synchronous_standby_names'),
                count(*) FILTER (WHERE state <> 'backup'), count(*) FILTER (WHERE state IS NULL)
            FROM pg_stat_replication
            WHERE pid NOT IN (
                SELECT active_pid FROM pg_replication_slots WHERE slot_type = 'logical' AND active_pid IS NOT NULL)
            """
        ) { row throws(UploadError) in
            ServerDurability(
                encoding: try row.next(), fsync: try row.next(), fullPageWrites: try row.next(),
                synchronousCommit: try row.next(), synchronousStandbys: try row.next(), standbys: try row.next(),
                hiddenFollowers: try row.next())
        }
        return try (found ?? ServerDurability()).warnings(settings.durability, settings.standbys)
    }
}
