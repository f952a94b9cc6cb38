import DeliberateFaults
import UploadCore

/// Runs operations in transactions. Every call may block.
///
/// Proof: it is used by the job that drains the backlog and by nobody else: there is one such job at a
/// time, and the backlog's lock, which each takes last and the next takes first, orders them.
final class Worker: @unchecked Sendable {
    /// Log pages from which on they are checkpointed: with four times as many the throughput is the same, and callers
    /// that come meanwhile wait four times as long.
    static let checkpointPages = 1000

    private let file: StoreFile
    private let observer: (any StoreObserver)?
    private var tables: Tables?
    private var isClosed = false
    private var checkpointAt = Worker.checkpointPages
    /// Transactions committed with a change, and operations answered.
    private(set) var commits: UInt64 = 0
    private(set) var operations: UInt64 = 0

    init(_ file: StoreFile, observer: (any StoreObserver)? = nil) throws(UploadError) {
        self.file = file
        self.observer = observer
        tables = Tables(try Connection(file))
    }

    /// Runs operations in one transaction and makes it durable, or finds out which of them failed.
    ///
    /// - Returns: The answers, which may be given now.
    func perform(_ batch: [Operation]) -> [() -> Void] {
        do throws(UploadError) {
            let tables = try ready()
            var outcome = attempt(batch, on: tables)
            if outcome.isForWantOfRoom, reuseLog(of: tables.connection) { outcome = attempt(batch, on: tables) }
            switch outcome {
            case .done(let answers):
                operations += UInt64(batch.count)
                return answers
            // One bad operation does not fail its neighbours.
            case .operationFailed where batch.count > 1:
                return batch.flatMap { perform([$0]) }
            case .operationFailed(let error), .transactionFailed(let error):
                throw error
            }
        } catch {
            operations += UInt64(batch.count)
            return batch.map { operation in { operation.fail(error) } }
        }
    }

    /// Moves a log that has grown long into the main file. Called when nobody waits for an answer.
    func tidy() {
        guard let connection = tables?.connection, !connection.isDoubtful else { return }
        guard connection.logPages >= checkpointAt else { return }
        do throws(UploadError) {
            try connection.checkpoint(.copy)
            checkpointAt = Self.checkpointPages
        } catch {
            // On a full disk the log goes on growing; to try with every commit would copy the same pages each time.
            checkpointAt = connection.logPages + Self.checkpointPages
        }
    }

    /// Ends; later operations fail.
    func close() {
        isClosed = true
        // What fails here leaves a log behind, which the next opening reads.
        if let connection = tables?.connection, !connection.isDoubtful { try? connection.checkpoint(.empty) }
        tables = nil
    }
}

// MARK: - One transaction

extension Worker {
    private enum Outcome {
        case done([() -> Void])
        /// Rolled back because of one of the operations.
        case operationFailed(UploadError)
        /// Rolled back, or unknown, with all of its operations.
        case transactionFailed(UploadError)

        var isForWantOfRoom: Bool {
            switch self {
            case .done: false
            case .operationFailed(let error), .transactionFailed(let error): error.code == .storeFull
            }
        }
    }

    /// Makes the log start over in the room that it has, so that on a full disk uploads can still be ended, which is what
    /// makes room.
    ///
    /// - Returns: Whether there was anything to gain.
    private func reuseLog(of connection: Connection) -> Bool {
        guard !connection.isDoubtful, connection.logPages > 0 else { return false }
        do throws(UploadError) {
            try connection.checkpoint(.copy)
            return true
        } catch {
            return false
        }
    }

    private func attempt(_ batch: [Operation], on tables: Tables) -> Outcome {
        let connection = tables.connection
        connection.hasFailed = false
        do throws(UploadError) {
            try connection.run(batch.contains { $0.writes } ? "BEGIN IMMEDIATE" : "BEGIN")
        } catch {
            return .transactionFailed(error)
        }

        var answers: [() -> Void] = []
        answers.reserveCapacity(batch.count)
        var changing = 0
        for operation in batch {
            let changes = connection.totalChanges
            let attempt = operation.attempt(tables)
            if connection.hasFailed || attempt.error != nil && connection.totalChanges != changes {
                assert(
                    connection.hasFailed || attempt.error?.code == .storeCorrupt,
                    "An operation refuses before it writes: \(String(describing: attempt.error))")
                tables.rollBack()
                return .operationFailed(attempt.error ?? UploadError(.unavailable(detail: "a statement failed")))
            }
            if connection.totalChanges != changes { changing += 1 }
            if DeliberateFault.answerBeforeCommit.isOn { attempt.answer() } else { answers.append(attempt.answer) }
        }

        do throws(UploadError) {
            try commit(changing, on: connection)
        } catch {
            tables.rollBack()
            // A full disk says so before anything is synced.
            if error.code != .storeFull { connection.doubt() }
            return .transactionFailed(error)
        }
        if changing > 0 { commits += 1 }
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

extension Worker {
    /// A connection that is known to agree with the disk.
    ///
    /// A sync that failed leaves it unknown which pages of the log are on the disk, and a later sync that succeeds says
    /// nothing about them: the system has forgotten that they were dirty. Whoever reads the log afterwards (the next
    /// process, after a crash) finds them in the system's cache and believes a transaction that the next power failure
    /// takes away, with all that was acknowledged after it. This connection alone knows how far its syncs succeeded, and
    /// its checkpoint copies no more than that. So it empties the log first and is replaced then, and its successor
    /// overwrites what the disk may still have of the old log. As long as the disk does not let them, the catalogue is
    /// unavailable.
    private func ready() throws(UploadError) -> Tables {
        if let tables, !tables.connection.isDoubtful { return tables }
        if isClosed { throw UploadError(.unavailable(detail: "the catalogue is closed")) }
        do throws(UploadError) {
            try tables?.connection.checkpoint(.empty)
            tables?.connection.close()
            tables = nil
            let connection = try Connection(file)
            try connection.renewLog(of: file)
            let tables = Tables(connection)
            self.tables = tables
            checkpointAt = Self.checkpointPages
            return tables
        } catch {
            throw UploadError(.unavailable(detail: "the catalogue cannot be opened again: \(error.debugDescription)"))
        }
    }
}
