import DurableFiles
import SessionCore
import Synchronization
public import UploadCore
public import UploadDerivation

/// A catalogue in a PostgreSQL database (15 or newer), which several engines share: each opens its own, over the same
/// database.
///
/// One call is one transaction, on one of `PostgresSettings.connectionsMax` connections. While the server cannot be
/// reached every call throws `unavailable`, and so do calls beyond `Limits.catalogueCallsMax`; the connections come back
/// by themselves.
///
/// A call that lost its connection is repeated if its transaction was not committed, and answered if it was: the server
/// is asked. If it cannot be asked, the call throws `unavailable`, and the caller may repeat it: a repetition finds what
/// the first one recorded, by ids, idempotency keys, offsets, chunks and receipts.
///
/// ```swift
/// let catalogue = try await CataloguePostgres(PostgresSettings(connection: "host=/run/postgresql dbname=wharf"))
/// ```
public final class CataloguePostgres: PhotoCatalogue {
    public let isShared = true
    public let keepsReceipts = true
    /// What the operator should know about the durability of the server, in words; see `PostgresSettings.StandbyPolicy`.
    public let warnings: [String]

    private let pool: ConnectionPool
    private let rules: Queries.Rules
    private let observer: (any StoreObserver)?
    /// Once it was read: it never changes, and verifying a token needs it.
    let knownLinkSecret = Mutex<LinkSecret?>(nil)
    let removalBackOff = Mutex(RemovalBackOff())
    /// Notified of commits by this engine.
    package let publicationSignal = WorkSignal()
    let checkTimeout: Duration

    /// Connects to the database, and creates its tables or migrates them.
    ///
    /// - Parameters:
    ///   - limits: `catalogueCallsMax` and `catalogueCallBytesMax` apply here.
    ///   - observer: Notified of every commit.
    /// - Throws: `unsupported_format` if a newer release wrote it; `store_corrupt` if it has tables of another
    ///   application; `unavailable` if the server cannot be reached, or while a store is being moved into the database;
    ///   `invalid_argument` for the settings, if the server refuses the user, the password or the database, and if it does not
    ///   keep what it acknowledges (see `PostgresSettings.durability` and `standbys`).
    public convenience init(
        _ settings: PostgresSettings, limits: Limits = Limits(), observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        try await self.init(settings, limits: limits, observer: observer, format: .current)
    }

    /// Opens the database for a migration of a store into it, which keeps all others away until it is finished.
    package convenience init(migratingTo settings: PostgresSettings) async throws(UploadError) {
        try await self.init(settings, format: .current, isMigration: true)
    }

    /// Connects to the database of a store for its check, and changes nothing.
    ///
    /// - Throws: `unavailable` if the server cannot be reached; `unsupported_format` if another release wrote the tables;
    ///   `invalid_argument` for the settings, if the server refuses the user, the password or the database, and if there are no
    ///   tables of Wharf.
    public convenience init(checking settings: PostgresSettings) async throws(UploadError) {
        try await self.init(settings, Limits(), nil) { pool throws(UploadError) in
            try await pool.run(.read, byteCost: 0, isOpening: true) { connection throws(UploadError) in
                try connection.requireFormat(.current)
                try connection.requireNoMigration()
            }
            return []
        }
    }

    convenience init(
        _ settings: PostgresSettings, limits: Limits = Limits(), observer: (any StoreObserver)? = nil, format: Format,
        isMigration: Bool = false
    ) async throws(UploadError) {
        try await self.init(settings, limits, observer) { pool throws(UploadError) in
            let warnings = try await pool.run(.write, byteCost: 0, isOpening: true) { connection throws(UploadError) in
                try connection.requireDurability(settings)
            }
            try await pool.run(.write, byteCost: 0, isOpening: true) { connection throws(UploadError) in
                try connection.migrate(to: format)
                if !isMigration { try connection.requireNoMigration() }
            }
            return warnings
        }
    }

    /// - Parameter prepare: Examines the database, and returns the warnings.
    private init(
        _ settings: PostgresSettings, _ limits: Limits, _ observer: (any StoreObserver)?,
        _ prepare: (ConnectionPool) async throws(UploadError) -> [String]
    ) async throws(UploadError) {
        try settings.validate()
        pool = ConnectionPool(settings, limits: limits)
        rules = Queries.Rules(
            settings, holder: SessionId(high: .random(in: .min ... .max), low: .random(in: .min ... .max)))
        checkTimeout = settings.checkTimeout
        self.observer = observer
        warnings = try await prepare(pool)
    }

    public func close() async {
        await pool.close()
    }
}

// MARK: - Transactions

extension CataloguePostgres {
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await pool.run(.read, byteCost: 0) { [rules] connection throws(UploadError) in
            try body(Queries(connection, rules))
        }
    }

    /// As `read`, with the time limit of a check.
    func check<Value: Sendable>(
        _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await pool.run(.read, byteCost: 0, timeout: checkTimeout) { [rules] connection throws(UploadError) in
            try body(Queries(connection, rules))
        }
    }

    /// - Parameters:
    ///   - byteCost: The approximate number of bytes of uploads and memories to write.
    ///   - timeout: Of a statement; nil for `PostgresSettings.statementTimeout`.
    func write<Value: Sendable>(
        byteCost: Int = 0, timeout: Duration? = nil, _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let stopwatch = observer == nil ? nil : Stopwatch()
        let value = try await pool.run(.write, byteCost: byteCost, timeout: timeout) {
            [rules] connection throws(UploadError) in
            try body(Queries(connection, rules))
        }
        if let stopwatch { observer?.catalogueCommitted(nanoseconds: stopwatch.nanoseconds, changes: 1) }
        return value
    }
}
