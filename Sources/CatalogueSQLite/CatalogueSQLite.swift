public import DurableFiles
import Synchronization
public import UploadCore

/// The catalogue of one store in an SQLite database that belongs to this process alone.
///
/// Calls that arrive while a transaction is under way share the next one, so that a sync pays for many of them; each is
/// answered when its transaction is durable. Between I/O errors and their repair every call throws `unavailable`.
public final class CatalogueSQLite: Catalogue {
    private let pool: any BlockingPool
    private let backlog = Backlog()
    private let worker: Worker
    private let counters = Mutex(Statistics())

    /// Opens the database, or makes it; its directory must exist.
    ///
    /// - Parameters:
    ///   - vfs: The name of the SQLite VFS to use, for tests; nil for the system's own.
    ///   - pool: A pool of one thread. All work on the database is done there.
    ///   - observer: Is told of every commit.
    /// - Throws: `store_locked` if another process (or catalogue) has it open, `unsupported_format` if a newer release
    ///   wrote it, `store_corrupt` if it is damaged or somebody else's, `unavailable`.
    public convenience init(
        path: String, vfs: String? = nil, pool: some BlockingPool, durability: Durability,
        observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        try await self.init(
            StoreFile(path: path, vfs: vfs, durability: durability), pool: pool, observer: observer)
    }

    init(
        _ file: StoreFile, pool: some BlockingPool, observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        self.pool = pool
        worker = try await pool.run { () throws(UploadError) in try Worker(file, observer: observer) }
    }

    /// What happened so far.
    package struct Statistics: Sendable {
        /// Transactions that changed something.
        package var commits: UInt64 = 0
        /// Calls answered, reads and refusals included.
        package var operations: UInt64 = 0
    }

    package var statistics: Statistics { counters.withLock { $0 } }

    public func close() async {
        await withUnsafeContinuation { continuation in
            if backlog.close({ continuation.resume() }) { drain() }
        }
    }
}

// MARK: - Transactions

extension CatalogueSQLite {
    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Tables) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await perform(writes: false, weight: 0, body)
    }

    /// - Parameter weight: About how many bytes are written, where they are many.
    func write<Value: Sendable>(
        weight: Int = 0, _ body: @escaping @Sendable (Tables) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        try await perform(writes: true, weight: weight, body)
    }

    private func perform<Value: Sendable>(
        writes: Bool, weight: Int, _ body: @escaping @Sendable (Tables) throws(UploadError) -> Value
    ) async throws(UploadError) -> Value {
        let result: Result<Value, UploadError> = await withUnsafeContinuation { continuation in
            let operation = Operation(writes: writes, weight: weight, body) { continuation.resume(returning: $0) }
            if backlog.append(operation) { drain() }
        }
        return try result.get()
    }

    private func drain() {
        pool.submit { [self] in
            while true {
                switch backlog.next() {
                case .transaction(let operations):
                    let answers = worker.perform(operations)
                    counters.withLock { $0 = Statistics(commits: worker.commits, operations: worker.operations) }
                    for answer in answers { answer() }
                    worker.tidy()
                case .close(let answers):
                    worker.close()
                    for answer in answers { answer() }
                case .nothing:
                    return
                }
            }
        }
    }
}
