import Synchronization
import UploadCore

/// Runs operations in transactions. Every call may block, and waits for a call in progress: only the drain job of
/// `CatalogueSQLite` makes them, of which `BatchQueue` starts one at a time.
final class TransactionRunner: Sendable {
    private let executor: Mutex<BatchExecutor>

    init(_ file: StoreFile, observer: (any StoreObserver)? = nil) throws(UploadError) {
        executor = Mutex(try BatchExecutor(file, observer: observer))
    }

    var statistics: CatalogueSQLite.Statistics { executor.withLock { $0.statistics } }

    /// See `BatchExecutor.perform`.
    func perform(_ batch: [Operation]) -> [@Sendable () -> Void] { executor.withLock { $0.perform(batch) } }

    /// See `BatchExecutor.performBetween`.
    func performBetween<Value: Sendable>(
        _ body: @Sendable (Connection) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        try executor.withLock { executor throws(UploadError) in try executor.performBetween(body) }
    }

    /// See `BatchExecutor.checkpointIfNeeded`.
    func checkpointIfNeeded() { executor.withLock { $0.checkpointIfNeeded() } }

    /// Closes the database; later operations fail.
    func close() { executor.withLock { $0.close() } }
}
