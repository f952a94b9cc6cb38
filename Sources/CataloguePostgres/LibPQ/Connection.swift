import CLibPQ
import UploadCore

/// One connection to a PostgreSQL server, in libpq's pipeline mode. Used by one thread at a time; every call may block,
/// for `waitMax` at most, and a second more when the server does not answer.
///
/// Statements are sent at once and their results read as late as possible: `send` does not wait, so a transaction costs
/// one round trip for each result that decides something, and one for its commit. No setting outlives a transaction, and
/// through a pooler nothing is prepared by name, so that it may give each transaction another server (pgbouncer's
/// transaction mode).
///
/// The first failure of a transaction is kept in `failure`, by which `TransactionRunner` decides whether to repeat it. A
/// failed transaction takes no further statements.
///
/// Source: PostgreSQL 15 documentation, 34.5 “Pipeline Mode”.
final class Connection {
    let handle: OpaquePointer
    /// The longest wait for the server, unless a transaction has another.
    let timeout: Duration
    /// That of the present transaction.
    var waitMax: Duration
    /// The first failure of the transaction.
    private(set) var failure: DatabaseFailure?
    /// The commands that were sent and whose results are unread, in order.
    var unread: [Command] = []
    /// Whether a COMMIT was sent, which must not be cancelled; see `commit`.
    var isCommitting = false
    /// Set by the server's warnings; see `commit`.
    let warnings = WarningFlag()
    var preparation = Preparation.undecided
    /// Whether the present transaction may prepare statements. Those of one that takes long get custom plans.
    var preparesStatements = true

    enum Command: Hashable {
        case statement(sql: String)
        /// Prepares the statement that follows.
        case preparation(PreparedStatements.Statement)
        /// Returns the process ID of the backend.
        case backend
        /// Returns the number of the transaction, the start of its server, and its own.
        case transaction
        /// The point at which an aborted pipeline continues.
        case sync

        /// What failed, for the log.
        var text: String {
            switch self {
            case .statement(let sql): sql
            case .preparation(let statement): statement.sql
            case .backend, .transaction: "the beginning of a transaction"
            case .sync: "the end of a round of statements"
            }
        }
    }

    /// The number of the write transaction, the start of its server, and its own, once they are known.
    private(set) var transaction: String?

    /// - Parameters:
    ///   - handle: A connection that is made, which this closes in the end.
    ///   - timeout: The longest wait for the server.
    /// - Throws: Without pipeline mode.
    init(_ handle: OpaquePointer, timeout: Duration) throws(ConnectionFailure) {
        self.timeout = timeout
        waitMax = timeout
        self.handle = handle
        warnings.watch(handle)
        guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
            // From here on `deinit` closes it.
            throw ConnectionFailure("the connection cannot be pipelined")
        }
    }

    deinit {
        PQfinish(handle)
    }

    /// Whether the connection may serve another transaction.
    var isUsable: Bool { failure?.isConnectionLost != true && PQstatus(handle) == CONNECTION_OK }

    func fail(_ failure: DatabaseFailure) -> UploadError {
        // What follows the first failure is its consequence, except that the connection is gone.
        if self.failure == nil || failure.isConnectionLost { self.failure = failure }
        return (self.failure ?? failure).error
    }

    func forgetFailure() {
        failure = nil
        transaction = nil
    }
}

// MARK: - Statements

extension Connection {
    /// Sends a statement without waiting for it. Its failure is that of the next call that waits.
    func send<each Parameter: ColumnValue>(
        _ sql: String, _ parameters: repeat each Parameter
    ) throws(UploadError) {
        try send(sql, as: .statement(sql: sql), repeat each parameters)
    }

    func send<each Parameter: ColumnValue>(
        _ sql: String, as command: Command, _ parameters: repeat each Parameter
    ) throws(UploadError) {
        var values = Parameters()
        for parameter in repeat each parameters { try values.append(parameter) }
        try send(sql, binding: values, as: command)
    }

    /// As above, for a number of parameters that is not known here.
    func send(_ sql: String, binding values: Parameters, as command: Command? = nil) throws(UploadError) {
        if let failure { throw failure.error }
        let statement = PreparedStatements.Statement(sql: sql, types: values.types)
        let form = form(of: statement)
        if case .preparing(let name) = form {
            guard PQsendPrepare(handle, name, sql, Int32(values.types.count), values.types) == 1 else { throw lost() }
            unread.append(.preparation(statement))
        }
        let sent = values.withPointers { pointers, lengths, formats in
            switch form {
            case .text:
                PQsendQueryParams(handle, sql, Int32(pointers.count), values.types, pointers, lengths, formats, 1)
            case .preparing(let name), .prepared(let name):
                PQsendQueryPrepared(handle, name, Int32(pointers.count), pointers, lengths, formats, 1)
            }
        }
        guard sent == 1 else { throw lost() }
        unread.append(command ?? .statement(sql: sql))
    }

    /// - Returns: The number of rows inserted, changed or deleted, without those of triggers.
    @discardableResult
    func run<each Parameter: ColumnValue>(
        _ sql: String, _ parameters: repeat each Parameter
    ) throws(UploadError) -> Int {
        try result(of: sql, repeat each parameters) { result throws(UploadError) in
            PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0
        }
    }

    /// The first row, if there is one.
    func first<each Parameter: ColumnValue, Value>(
        _ sql: String, _ parameters: repeat each Parameter, read: (inout Row) throws(UploadError) -> Value
    ) throws(UploadError) -> Value? {
        try result(of: sql, repeat each parameters) { result throws(UploadError) -> Value? in
            guard PQntuples(result) > 0 else { return nil }
            var row = Row(0, of: result)
            return try read(&row)
        }
    }

    func all<each Parameter: ColumnValue, Value>(
        _ sql: String, _ parameters: repeat each Parameter, read: (inout Row) throws(UploadError) -> Value
    ) throws(UploadError) -> [Value] {
        var values = Parameters()
        for parameter in repeat each parameters { try values.append(parameter) }
        return try all(sql, binding: values, read: read)
    }

    /// As above, for a number of parameters that is not known here.
    func all<Value>(
        _ sql: String, binding values: Parameters, read: (inout Row) throws(UploadError) -> Value
    ) throws(UploadError) -> [Value] {
        try result(of: sql, binding: values) { result throws(UploadError) -> [Value] in
            var values: [Value] = []
            for index in 0..<PQntuples(result) {
                var row = Row(index, of: result)
                values.append(try read(&row))
            }
            return values
        }
    }

    func exists<each Parameter: ColumnValue>(
        _ sql: String, _ parameters: repeat each Parameter
    ) throws(UploadError) -> Bool {
        try first(sql, repeat each parameters) { _ throws(UploadError) in true } ?? false
    }

    private func result<each Parameter: ColumnValue, Value>(
        of sql: String, _ parameters: repeat each Parameter,
        read: (OpaquePointer) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        var values = Parameters()
        for parameter in repeat each parameters { try values.append(parameter) }
        return try result(of: sql, binding: values, read: read)
    }

    private func result<Value>(
        of sql: String, binding values: Parameters, read: (OpaquePointer) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        try send(sql, binding: values)
        try sync()
        while unread.count > 2 { try readDeferred() }
        unread.removeFirst()
        let result = try nextResult()
        defer { PQclear(result) }
        try check(result, sql)
        let value: Result<Value, UploadError>
        do throws(UploadError) {
            value = .success(try read(result))
        } catch {
            value = .failure(error)
        }
        try endOfCommand()
        try readDeferred()
        return try value.get()
    }
}

// MARK: - Results

extension Connection {
    /// Ends a round of statements: the server answers what it has, and an aborted pipeline goes on behind this point. Within
    /// a transaction it then counts as idle, so that the limit of that time begins.
    func sync() throws(UploadError) {
        guard PQpipelineSync(handle) == 1 else { throw lost() }
        unread.append(.sync)
    }

    /// Reads the result of the oldest unread command.
    func readDeferred() throws(UploadError) {
        let command = unread.removeFirst()
        let result = try nextResult()
        defer { PQclear(result) }
        if command == .sync {
            guard PQresultStatus(result) == PGRES_PIPELINE_SYNC else { throw lost("an unexpected result") }
            return
        }
        if case .preparation(let statement) = command, PQresultStatus(result) != PGRES_COMMAND_OK {
            notPrepared(statement)
        }
        try check(result, command.text)
        if PQntuples(result) > 0 {
            var row = Row(0, of: result)
            switch command {
            case .transaction: transaction = try row.next(String.self)
            case .backend: noteBackend(try row.next())
            case .statement, .preparation, .sync: break
            }
        }
        try endOfCommand()
    }

    /// The results of a command end with a null pointer.
    private func endOfCommand() throws(UploadError) {
        try wait()
        if let result = PQgetResult(handle) {
            PQclear(result)
            throw lost("a second result")
        }
    }

    private func nextResult() throws(UploadError) -> OpaquePointer {
        try wait()
        guard let result = PQgetResult(handle) else { throw lost("a missing result") }
        return result
    }

    /// - Throws: The failure of the statement, or of an earlier one that aborted it.
    private func check(_ result: OpaquePointer, _ sql: String) throws(UploadError) {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK: return
        case PGRES_PIPELINE_ABORTED:
            // The statement that aborted it was read before; a null pointer ends this one, too.
            try? endOfCommand()
            throw fail(DatabaseFailure(sqlState: "25P02", message: "an earlier statement failed", statement: sql))
        default:
            let failure = DatabaseFailure(result, statement: sql)
            let error = fail(failure)
            // A closed connection is reported in the place of results.
            if PQstatus(handle) != CONNECTION_OK { throw lost(failure.message) }
            // The null pointer after the failed command; a lost connection is found by the next call.
            try? endOfCommand()
            throw error
        }
    }

    /// Notes that the connection is gone.
    func lost(_ problem: String? = nil) -> UploadError {
        let message = problem ?? PQerrorMessage(handle).map { String(cString: $0).firstLine } ?? "out of memory"
        return fail(.connectionLost(message))
    }
}

/// Whether the server has warned.
///
/// A standby that is gone keeps a commit waiting. If that wait is cancelled, by an administrator for example, the commit
/// succeeds with a warning although no standby has it.
final class WarningFlag {
    var isSet = false

    /// The receiver holds this object without owning it: the connection that owns both is closed first.
    func watch(_ handle: OpaquePointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = PQsetNoticeReceiver(
            handle,
            { context, result in
                guard let context, DatabaseFailure.field(.severity, of: result) == "WARNING" else { return }
                Unmanaged<WarningFlag>.fromOpaque(context).takeUnretainedValue().isSet = true
            }, context)
    }
}

extension String {
    /// Messages of libpq end with a newline, and may have several lines.
    var firstLine: String { String(split(separator: "\n").first ?? "") }
}

extension Duration {
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}
