import CLibPQ
import UploadCore

extension Connection {
    enum Access {
        /// All statements see the state at the first one.
        case read
        /// Each statement sees what was committed before it; rows that decide are locked.
        case write
    }

    /// What a commit ended with.
    enum Outcome {
        case committed
        /// Rolled back.
        case failed(DatabaseFailure)
        /// The connection was lost while the commit was under way, or the commit may be missing on a standby.
        case unknown(transaction: String?)
    }

    /// Begins a transaction, without waiting. Its limits of time are local to it:
    /// - a statement that runs for longer is cancelled, so that a lock that is not given up is no trap;
    /// - the locks and the snapshot of an engine that is paused within a transaction, or cut off from the server, are released.
    ///
    /// - Parameter timeout: In the place of the connection's. Nothing is prepared then.
    func begin(_ access: Access, timeout: Duration? = nil) throws(UploadError) {
        try drain()
        waitMax = timeout ?? self.timeout
        forgetFailure()
        warnings.isSet = false
        isCommitting = false
        preparesStatements = timeout == nil
        let limit = "\(waitMax.milliseconds)"
        switch access {
        case .read:
            try send("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try send("SELECT \(Self.limitsOfTime)", limit)
        case .write:
            try send("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
            try send(
                """
                SELECT concat_ws(' ', pg_current_xact_id(), \(Self.serverStart), extract(epoch FROM now())),
                    \(Self.limitsOfTime)
                """, as: .transaction, limit)
        }
        if preparesStatements { try beginPreparing() }
    }

    private static let limitsOfTime =
        "set_config('statement_timeout', $1, true), set_config('idle_in_transaction_session_timeout', $1, true)"

    /// Differs between two servers, and after each start of one.
    private static let serverStart = "extract(epoch FROM pg_postmaster_start_time())"

    /// Commits a transaction that wrote.
    ///
    /// The limit of a statement's time ends before: cancelling a commit that waits for a standby would make it succeed
    /// without the standby. The answer is awaited for `timeout`, as any other.
    func commit() -> Outcome {
        var isSent = false
        do throws(UploadError) {
            try send("SELECT set_config('statement_timeout', $1, true)", "0")
            // The number has to be known before, or nobody could ask for the outcome.
            if transaction == nil {
                try sync()
                while !unread.isEmpty { try readDeferred() }
            }
            isSent = true
            isCommitting = true
            try send("COMMIT")
            try sync()
            while !unread.isEmpty { try readDeferred() }
        } catch {
            guard let failure, !failure.isConnectionLost else {
                let failure = failure ?? .connectionLost("the connection was lost")
                return isSent ? .unknown(transaction: transaction) : .failed(failure)
            }
            rollBack()
            return .failed(failure)
        }
        return warnings.isSet ? .unknown(transaction: transaction) : .committed
    }

    /// Ends a transaction that only read, without waiting.
    func endReading() {
        do throws(UploadError) {
            try send("COMMIT")
            try sync()
            guard PQflush(handle) >= 0 else { throw lost() }
        } catch {
            // The next transaction finds the connection broken, and takes another.
        }
    }

    /// Ends a failed or refused transaction, without waiting.
    func rollBack() {
        guard isUsable else { return }
        let failure = failure
        forgetFailure()
        do throws(UploadError) {
            // An aborted pipeline runs nothing before the next such point.
            try sync()
            try send("ROLLBACK")
            try sync()
            guard PQflush(handle) >= 0 else { throw lost() }
        } catch {
            return
        }
        if let failure { _ = fail(failure) }
    }

    /// Reads what is left of the last transaction. The failures of a transaction that was rolled back count no longer.
    func drain() throws(UploadError) {
        while !unread.isEmpty {
            do throws(UploadError) {
                try readDeferred()
            } catch {
                if !isUsable { throw error }
            }
        }
    }
}

// MARK: - Unknown outcomes

extension Connection {
    enum Fate: String {
        case committed
        case aborted
        case inProgress = "in progress"
    }

    /// What became of a transaction of another connection.
    ///
    /// The question is a commit of its own, with an entry in the log: when it has returned, everything before it is as
    /// durable as it is itself, also on the standbys. Source: PostgreSQL 15 documentation, 9.27 `pg_xact_status`.
    ///
    /// After a crash the numbers of transactions that left no trace in the server's log are given again, also without a start
    /// of its first process; the recovery resets the statistics. A number from before proves nothing then.
    ///
    /// - Parameter transaction: As the property of that connection.
    /// - Returns: Nil if the server no longer knows the transaction, or may have given its number to another one.
    /// - Throws: `unavailable`.
    func fate(of transaction: String) throws(UploadError) -> Fate? {
        let parts = transaction.split(separator: " ").map(String.init)
        guard parts.count == 3 else { return nil }
        try begin(.write)
        let found = try first(
            """
            SELECT pg_xact_status($1::text::xid8),
                \(Self.serverStart) = $2::text::numeric
                    AND (SELECT extract(epoch FROM stats_reset) FROM pg_stat_wal) < $3::text::numeric,
                pg_logical_emit_message(true, 'wharf', '')::text
            """, parts[0], parts[1], parts[2]
        ) { row throws(UploadError) in (status: try row.next(String?.self), isSameLife: try row.next(Bool.self)) }
        guard case .committed = commit() else {
            throw UploadError(.unavailable(detail: "the outcome of a transaction could not be asked for"))
        }
        guard let found, let fate = found.status.flatMap(Fate.init) else { return nil }
        return fate == .committed && !found.isSameLife ? nil : fate
    }

    /// Runs several statements without parameters, in the transaction that is open.
    func execute(_ script: [String]) throws(UploadError) {
        for statement in script { try send(statement) }
        _ = try exists("SELECT 1")
    }
}
