import DeliberateFaults
import UploadCore

/// The file of a catalogue, with its durability and format.
struct StoreFile: Sendable {
    let path: String
    let vfs: String?
    let durability: Durability
    var context: (any StoreContext)?
    var format = Format.current
    /// The page size of a new database, in bytes.
    var pageSize = 4096
    /// As `Limits.logPagesMax`.
    var logPagesMax = Limits().logPagesMax
}

extension Connection {
    /// Opens the database of a store exclusively, creates it if it does not exist, and migrates it to the current
    /// format.
    ///
    /// - Throws: `store_locked`, `unsupported_format`; `store_corrupt` for a database of another application, for other
    ///   files, and if the database of a store with objects is missing or empty.
    convenience init(_ file: StoreFile) throws(UploadError) {
        // Before the database is created, and before an empty one is read, which would delete its log.
        let isNew = !Self.hasContent(file.path, vfs: file.vfs)
        if isNew {
            try file.requireNothing()
            try file.context?.createCatalogue()
        }
        try self.init(path: file.path, vfs: file.vfs)
        // Before the file is first read: the log then needs no shared memory, and a second process is refused.
        try execute("PRAGMA locking_mode = EXCLUSIVE")
        let found = try version(supported: file.format.version)
        if found == 0, !isNew { try file.requireNoObjects() }
        // Before the first page is written. To a database with tables the second would write on each opening.
        try execute("PRAGMA page_size = \(file.pageSize)")
        if found == 0 { try execute("PRAGMA auto_vacuum = INCREMENTAL") }
        guard try pragma("journal_mode = WAL", String.self) == "wal" else {
            throw UploadError(.unavailable(detail: "the file system cannot hold a write-ahead log"))
        }
        try execute(
            """
            PRAGMA synchronous = FULL; -- until the store is open
            PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF;
            PRAGMA secure_delete = ON; -- the default of some builds only
            PRAGMA cell_size_check = ON;
            PRAGMA cache_size = -16384;
            PRAGMA journal_size_limit = 67108864;
            PRAGMA wal_autocheckpoint = 0;
            """)
        // `wal_autocheckpoint` has replaced the log hook.
        countLogPages()
        try migrate(from: found, to: file.format)
        try enableCompaction(of: file)
        try noteDurability(of: file, isNew: found == 0)
        try syncFormerWrites()
        if file.format.hasDerivations { try indexPendingDerivations() }
        try execute("PRAGMA synchronous = \(Self.synchronous(file.durability))")
    }

    /// Makes the unsynced writes of a killed process, which are visible now, durable before any answer relies on them.
    /// The log is short, or was emptied when the store was closed.
    private func syncFormerWrites() throws(UploadError) {
        do throws(UploadError) {
            try checkpoint(.empty)
        } catch {
            // Without space for the main file to grow: the log was synced before, and is read as it is.
            guard error.code == .storeFull, !needsReopen else { throw error }
            noteFormerLog()
        }
    }

    /// Commits a transaction without changes, so that the log restarts on the disk and its former contents cannot be
    /// read again.
    func restartWAL(of file: StoreFile) throws(UploadError) {
        try execute("PRAGMA user_version = \(file.format.version)")
    }

    /// - Returns: The format of the file; 0 for a new one.
    private func version(supported: Int) throws(UploadError) -> Int {
        let application = try pragma("application_id", Int64.self)
        let version = try pragma("user_version", Int.self)
        if application == Format.applicationId {
            guard version <= supported else {
                throw UploadError(.unsupportedFormat(found: version, supported: supported))
            }
            return version
        }
        // A process that was killed while it created a store leaves a database without tables.
        let isEmpty = try !exists("SELECT 1 FROM sqlite_schema")
        guard application == 0, version == 0, isEmpty else {
            throw UploadError(.storeCorrupt(detail: "the file is a database of another application (\(application))"))
        }
        return 0
    }

    /// Performs all missing steps in one transaction.
    private func migrate(from version: Int, to format: Format) throws(UploadError) {
        guard version < format.version else { return }
        try execute("BEGIN IMMEDIATE")
        do throws(UploadError) {
            for step in version + 1...format.version {
                try execute(format.migrations[step - 1])
                try format.fills[step]?(self)
            }
            try execute("PRAGMA application_id = \(Format.applicationId); PRAGMA user_version = \(format.version)")
            try execute("COMMIT")
        } catch {
            rollBack()
            throw error
        }
    }

    /// The size in bytes up to which a database of an older format is rewritten, which holds all of it in memory.
    static let rewrittenBytesMax = 32 << 20

    /// Rewrites a database that cannot be compacted, if it is small and there is room for the log of it.
    private func enableCompaction(of file: StoreFile) throws(UploadError) {
        guard try pragma("auto_vacuum", Int.self) == 0 else { return }
        let size = try pragma("page_count", Int.self) * pragma("page_size", Int.self)
        guard size <= Self.rewrittenBytesMax else { return }
        do throws(UploadError) {
            try file.context?.requireRoom(for: 2 * size)
            try execute("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")
        } catch {
            // It serves as it is, and the next opening tries again.
            guard error.code == .storeFull, !needsReopen else { throw error }
        }
    }

    /// Records the durability of this opening, and the boot of the machine while unsynced writes exist. If there are some
    /// of a less strict opening, makes them durable first: from now on they count as such. If they are of another boot,
    /// they may be lost.
    ///
    /// The record itself becomes durable with the checkpoint that follows, before anything is written in this mode.
    private func noteDurability(of file: StoreFile, isNew: Bool) throws(UploadError) {
        guard file.format.recordsDurability else { return }
        let last = try first("SELECT durability, unsynced_boot FROM store_state") { row throws(UploadError) in
            (durability: try row.next(Int.self), unsyncedBoot: try row.next(String.self))
        }
        guard let last else { throw UploadError(.storeCorrupt(detail: "the state of the store is missing")) }
        let current = file.durability == .powerLoss ? 2 : 1
        let boot = file.context?.bootId() ?? ""
        let hasUnsynced = !isNew && last.unsyncedBoot != ""
        if current == 2, hasUnsynced { try file.context?.makeDurable() }
        let unsyncedBoot = current == 1 ? boot : ""
        guard last != (current, unsyncedBoot) else { return }
        try run(
            """
            UPDATE store_state SET durability = ?1, unsynced_boot = ?2,
                needs_verification = max(needs_verification, ?3)
            """, current, unsyncedBoot, hasUnsynced && last.unsyncedBoot != boot)
    }

    /// Syncs all unsynced writes, and records that there are none. Called when a store is closed.
    func syncUnsyncedWrites(of file: StoreFile) throws(UploadError) {
        guard file.durability == .processCrash, file.format.recordsDurability, let context = file.context else {
            return
        }
        try context.makeDurable()
        // So that the change reuses the log's space on a full disk.
        try? checkpoint(.copy)
        try run("UPDATE store_state SET unsynced_boot = ''")
    }

    private func pragma<Value: ColumnValue>(_ name: String, _: Value.Type) throws(UploadError) -> Value {
        // To the end: a change of the journal mode is committed, or fails, after its row.
        let values = try all("PRAGMA \(name)") { row throws(UploadError) in try row.next(Value.self) }
        guard let value = values.first else {
            throw UploadError(.unavailable(detail: "this build of SQLite lacks the pragma \(name)"))
        }
        return value
    }

    private static func synchronous(_ durability: Durability) -> String {
        if DeliberateFault.skipCatalogueSync.isOn { return "OFF" }
        return durability == .powerLoss ? "FULL" : "NORMAL"
    }
}

extension StoreFile {
    /// Requires that there is no store yet: SQLite takes a database that cannot be looked at for a missing one.
    fileprivate func requireNothing() throws(UploadError) {
        guard let context else { return }
        guard try context.catalogueSize() == 0 else {
            throw UploadError(.unavailable(detail: "the catalogue “\(path)” cannot be read"))
        }
        try requireNoObjects()
    }

    /// A new catalogue over the objects of a lost one would take them for garbage.
    fileprivate func requireNoObjects() throws(UploadError) {
        guard let context, try context.holdsObjects() else { return }
        throw UploadError(
            .storeCorrupt(
                detail: """
                    the catalogue “\(path)” is missing or empty, but the store holds objects; restore the catalogue and \
                    its “-wal” file from a backup, or move “bytes” away to start an empty store
                    """))
    }
}
