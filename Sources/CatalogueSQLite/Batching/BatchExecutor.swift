import DeliberateFaults
import UploadCore

/// Runs operations in transactions on one connection. Every call may block.
final class BatchExecutor {
    private let file: StoreFile
    private let observer: (any StoreObserver)?
    private var queries: Queries?
    private var isClosed = false
    private var checkpointAt: Int
    private(set) var statistics = CatalogueSQLite.Statistics()

    init(_ file: StoreFile, observer: (any StoreObserver)? = nil) throws(UploadError) {
        self.file = file
        checkpointAt = file.logPagesMax
        self.observer = observer
        queries = Queries(try Self.open(file))
    }

    /// Opens the database; on a full disk in the space of the reserve.
    private static func open(_ file: StoreFile) throws(UploadError) -> Connection {
        do throws(UploadError) {
            let connection = try Connection(file)
            // While there is space, so that changes can reuse the log's.
            if connection.logPages > 0, file.context?.releaseReserve() == true { try? connection.checkpoint(.copy) }
            return connection
        } catch {
            guard error.code == .storeFull, file.context?.releaseReserve() == true else { throw error }
            return try Connection(file)
        }
    }

    /// Runs operations in one transaction and makes it durable. If one of them fails in SQLite, runs each in a
    /// transaction of its own. While the database cannot be written, reads see its last durable state.
    ///
    /// - Returns: The answers, for the caller to give.
    func perform(_ batch: [Operation]) -> [@Sendable () -> Void] {
        do throws(UploadError) {
            return perform(batch, on: try ready())
        } catch {
            guard let queries, !isClosed else { return fail(batch, error) }
            let reads = batch.filter { !$0.writes }
            return fail(batch.filter(\.writes), error) + (reads.isEmpty ? [] : perform(reads, on: queries))
        }
    }

    private func perform(_ batch: [Operation], on queries: Queries) -> [@Sendable () -> Void] {
        var outcome = attempt(batch, on: queries)
        if outcome.isForLackOfRoom, reuseWAL(of: queries.connection) { outcome = attempt(batch, on: queries) }
        if outcome.isForLackOfRoom, batch.contains(where: \.freesSpace), file.context?.releaseReserve() == true {
            _ = reuseWAL(of: queries.connection)
            outcome = attempt(batch, on: queries)
        }
        switch outcome {
        case .done(let answers):
            statistics.operations += UInt64(batch.count)
            return answers
        // One bad operation does not fail its neighbours.
        case .operationFailed where batch.count > 1:
            return batch.flatMap { perform([$0]) }
        case .operationFailed(let error), .transactionFailed(let error):
            return fail(batch, error)
        }
    }

    private func fail(_ batch: [Operation], _ error: UploadError) -> [@Sendable () -> Void] {
        statistics.operations += UInt64(batch.count)
        return batch.map { operation in { @Sendable in operation.fail(error) } }
    }

    /// Copies a long log into the main file. Called after the callers of a transaction were answered.
    func checkpointIfNeeded() {
        guard let connection = queries?.connection, !connection.needsReopen else { return }
        guard connection.emptiesLog || connection.logPages >= checkpointAt else { return }
        defer { connection.emptiesLog = false }
        do throws(UploadError) {
            try connection.checkpoint(connection.emptiesLog ? .empty : .copy)
            checkpointAt = file.logPagesMax
        } catch {
            // On a full disk the log goes on growing; a retry with every commit would copy the same pages each time.
            checkpointAt = connection.logPages + file.logPagesMax
        }
    }

    /// Runs a body between two transactions.
    func performBetween<Value>(
        _ body: (Connection) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        try body(try ready().connection)
    }

    /// Closes the database; later operations fail.
    func close() {
        isClosed = true
        // A failure leaves the log behind, which the next opening reads.
        if let connection = queries?.connection, !connection.needsReopen {
            try? connection.syncUnsyncedWrites(of: file)
            try? connection.checkpoint(.empty)
        }
        queries = nil
    }
}

// MARK: - One transaction

extension BatchExecutor {
    private enum Outcome {
        case done([@Sendable () -> Void])
        /// Rolled back, caused by one of the operations.
        case operationFailed(UploadError)
        /// Rolled back or of unknown outcome, with all its operations.
        case transactionFailed(UploadError)

        var isForLackOfRoom: Bool {
            switch self {
            case .done: false
            case .operationFailed(let error), .transactionFailed(let error): error.code == .storeFull
            }
        }
    }

    /// Restarts the log within its file. On a full disk uploads can then still be ended, which frees room.
    ///
    /// - Returns: Whether that gained any room.
    private func reuseWAL(of connection: Connection) -> Bool {
        guard !connection.needsReopen, connection.logPages > 0 else { return false }
        do throws(UploadError) {
            try connection.checkpoint(.copy)
            return true
        } catch {
            return false
        }
    }

    private func attempt(_ batch: [Operation], on queries: Queries) -> Outcome {
        let connection = queries.connection
        connection.hasFailed = false
        do throws(UploadError) {
            try connection.run(batch.contains { $0.writes } ? "BEGIN IMMEDIATE" : "BEGIN")
        } catch {
            return .transactionFailed(error)
        }

        var answers: [@Sendable () -> Void] = []
        answers.reserveCapacity(batch.count)
        var changing = 0
        for (index, operation) in batch.enumerated() {
            let changes = connection.totalChanges
            let result = operation.perform(queries)
            if connection.hasFailed || result.error != nil && connection.totalChanges != changes {
                assert(
                    connection.hasFailed || result.error?.code == .storeCorrupt,
                    "An operation refuses before it writes: \(String(describing: result.error))")
                queries.rollBack()
                let error = result.error ?? UploadError(.unavailable(detail: "a statement failed"))
                if DeliberateFault.answerUndoneCalls.isOn, error.code == .storeFull {
                    return .done(answers + batch[index...].map { operation in { @Sendable in operation.fail(error) } })
                }
                return .operationFailed(error)
            }
            if connection.totalChanges != changes { changing += 1 }
            answers.append(result.answer)
        }
        if DeliberateFault.answerBeforeCommit.isOn {
            for answer in answers { answer() }
            answers = []
        }

        do throws(UploadError) {
            try commit(changing, on: connection)
        } catch {
            queries.rollBack()
            // A full disk fails the commit before anything is synced.
            if error.code != .storeFull { connection.markForReopen() }
            // The calls of this fault have their answers.
            return DeliberateFault.answerBeforeCommit.isOn ? .done([]) : .transactionFailed(error)
        }
        if changing > 0 { statistics.commits += 1 }
        return .done(answers)
    }

    private func commit(_ changing: Int, on connection: Connection) throws(UploadError) {
        let stopwatch = observer != nil && changing > 0 ? Stopwatch() : nil
        try connection.run("COMMIT")
        if let stopwatch {
            observer?.catalogueCommitted(nanoseconds: stopwatch.nanoseconds, changes: changing)
        }
    }
}

// MARK: - After I/O errors

extension BatchExecutor {
    /// The connection, reopened first if it may disagree with the disk.
    ///
    /// After a failed sync it is unknown which pages of the log are on the disk, and a later successful sync does not
    /// cover them: the system takes them for clean. The next process would find them in the system's cache and accept a
    /// transaction that the next power failure undoes, with everything acknowledged after it. This connection alone
    /// knows how far its syncs succeeded, and its checkpoint copies no more than that. It therefore empties the log
    /// first; then a new connection replaces it and overwrites the remains of the old log on the disk. Until both have
    /// succeeded the catalogue takes no changes; reads go on with the old connection, which rolled the failed
    /// transaction back.
    private func ready() throws(UploadError) -> Queries {
        if let queries, !queries.connection.needsReopen { return queries }
        if isClosed { throw UploadError(.unavailable(detail: "the catalogue is closed")) }
        do throws(UploadError) {
            if !DeliberateFault.keepUnsyncedLog.isOn { try queries?.connection.checkpoint(.empty) }
            queries?.connection.close()
            queries = nil
            let connection = try Self.open(file)
            if !DeliberateFault.skipLogRestart.isOn { try connection.restartWAL(of: file) }
            let queries = Queries(connection)
            self.queries = queries
            checkpointAt = file.logPagesMax
            return queries
        } catch {
            throw UploadError(.unavailable(detail: "the catalogue cannot be reopened: \(error.debugDescription)"))
        }
    }
}
