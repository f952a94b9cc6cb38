public import DurableFiles
import Synchronization
public import UploadCore
public import UploadDerivation

/// The catalogue of one store, in an SQLite database that this process owns.
///
/// Calls that arrive while a transaction is under way share the next one, and with it one sync; each is answered when
/// its transaction is durable. Every call throws `unavailable` from an I/O error to its repair, and while
/// `Limits.catalogueCallsMax` others wait.
///
/// ```swift
/// let catalogue = try await CatalogueSQLite(
///     path: "data/catalogue.db", pool: ThreadPool(name: "sql", threads: 1), durability: .powerLoss)
/// ```
public final class CatalogueSQLite: PhotoCatalogue, InMemoryDownloadCatalogue {
    private let pool: any BlockingPool
    private let queue: BatchQueue
    private let runner: TransactionRunner
    let context: (any StoreContext)?
    private let counters = Mutex(Statistics())
    /// Once it was read: it never changes, and verifying a token needs it.
    let knownLinkSecret = Mutex<LinkSecret?>(nil)
    /// A commit costs more than a ticket is worth.
    public let downloads = DownloadsInMemory()

    /// Opens the database, or creates it; its directory must exist.
    ///
    /// - Parameters:
    ///   - vfs: The name of the SQLite VFS to use, for tests; nil for the system's own.
    ///   - pool: A pool of one thread for all work on the database.
    ///   - limits: `catalogueCallsMax` and `catalogueCallBytesMax` apply here.
    ///   - observer: Notified of every commit.
    ///   - context: The rest of the store; nil for a catalogue alone.
    /// - Throws: `store_locked` if another process (or catalogue) has it open, `unsupported_format` if a newer release
    ///   wrote it, `store_corrupt` if it is damaged, belongs to another application, or is missing in a store with
    ///   objects, `store_full`, `unavailable`.
    public convenience init(
        path: String, vfs: String? = nil, pool: some BlockingPool, durability: Durability,
        limits: Limits = Limits(), observer: (any StoreObserver)? = nil, context: (any StoreContext)? = nil
    ) async throws(UploadError) {
        try await self.init(
            StoreFile(
                path: path, vfs: vfs, durability: durability, context: context, logPagesMax: limits.logPagesMax),
            pool: pool, limits: limits, observer: observer)
    }

    init(
        _ file: StoreFile, pool: some BlockingPool, limits: Limits = Limits(), observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        self.pool = pool
        context = file.context
        queue = BatchQueue(countMax: limits.catalogueCallsMax, bytesMax: limits.catalogueCallBytesMax)
        runner = try await pool.run { () throws(UploadError) in try TransactionRunner(file, observer: observer) }
    }

    /// Counts since the catalogue was opened.
    package struct Statistics: Sendable {
        /// Transactions that changed something.
        package var commits: UInt64 = 0
        /// Answered calls, including reads and refusals.
        package var operations: UInt64 = 0
    }

    package var statistics: Statistics { counters.withLock { $0 } }

    public func close() async {
        await withUnsafeContinuation { continuation in
            if queue.close({ continuation.resume() }) == .startDraining { drain() }
        }
    }
}

// MARK: - Transactions

extension CatalogueSQLite {
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await perform(writes: false, byteCost: 0, body)
    }

    /// Adds rows or bytes, if the store has room.
    ///
    /// - Parameter byteCost: The approximate number of bytes of uploads and memories to write.
    func add<Value: Sendable>(
        byteCost: Int = 0, _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await perform(writes: true, byteCost: byteCost) { [context] queries throws(UploadError) in
            try context?.requireRoom(for: byteCost)
            return try body(queries)
        }
    }

    /// Changes rows, even if the store has no room for more.
    ///
    /// - Parameter freesSpace: Whether the change may use the reserved space of a full disk.
    func write<Value: Sendable>(
        freesSpace: Bool = false, _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await perform(writes: true, freesSpace: freesSpace, byteCost: 0) { [context] queries throws(UploadError) in
            try context?.requireInPlace()
            let value = try body(queries)
            if freesSpace { queries.connection.logHoldsDeletedRows = true }
            return value
        }
    }

    private func perform<Value: Sendable>(
        writes: Bool, freesSpace: Bool = false, byteCost: Int,
        _ body: @escaping @Sendable (Queries) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let result: Result<Value, UploadError> = await withUnsafeContinuation { continuation in
            let operation = Operation(writes: writes, freesSpace: freesSpace, byteCost: byteCost, body) {
                continuation.resume(returning: $0)
            }
            switch queue.append(operation) {
            case .queued: break
            case .startDraining: drain()
            case .refused:
                operation.fail(UploadError(.unavailable(detail: "too many calls are waiting for the catalogue")))
            }
        }
        return try result.get()
    }

    /// Runs a short job on the connection between two transactions.
    func between<Value: Sendable>(
        _ body: @escaping @Sendable (Connection) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let result: Result<Value, UploadError> = await withUnsafeContinuation { continuation in
            let admission = queue.appendBetween { [runner] in
                do throws(UploadError) {
                    continuation.resume(returning: .success(try runner.performBetween(body)))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if admission == .startDraining { drain() }
        }
        return try result.get()
    }

    private func drain() {
        pool.submit { [self] in
            while true {
                switch queue.next() {
                case .transaction(let operations):
                    let answers = runner.perform(operations)
                    counters.withLock { $0 = runner.statistics }
                    for answer in answers { answer() }
                    runner.checkpointIfNeeded()
                case .between(let job):
                    job()
                case .close(let answers):
                    runner.close()
                    for answer in answers { answer() }
                case .nothing:
                    return
                }
            }
        }
    }
}
