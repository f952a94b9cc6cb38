import DeliberateFaults
import UploadCore

/// Runs transactions on one connection, which it makes when it needs one. Blocks.
///
/// A call is one transaction that is begun again after failures that a repetition may avoid, up to a bound. The body
/// depends on nothing but the database. A transaction whose connection was lost before its commit was sent has changed
/// nothing; of one whose commit was sent the server is asked for the outcome, which is never guessed.
struct TransactionRunner {
    private let settings: PostgresSettings
    private let availability: Availability
    private var connection: Connection?

    init(_ settings: PostgresSettings, _ availability: Availability) {
        self.settings = settings
        self.availability = availability
    }

    /// Closes the connection, after the last answers: the server would report that it cannot send them.
    mutating func disconnect() {
        try? connection?.drain()
        connection = nil
    }

    /// What one attempt ended with.
    private enum Attempt<Value> {
        case done(Value)
        /// The catalogue refused, and nothing was changed.
        case refused(UploadError)
        case failed(DatabaseFailure)
        /// The value holds if the transaction was committed.
        case unknown(Value, transaction: String?)
    }

    /// - Parameter isOpening: Whether the catalogue is being opened: what only a change of the settings or of the server mends is
    ///   then `invalid_argument`.
    mutating func perform<Value>(
        _ access: Connection.Access, timeout: Duration? = nil, isOpening: Bool = false,
        _ body: (Connection) throws(UploadError) -> Value
    ) throws(UploadError) -> Value {
        var repetitions = 0
        while true {
            let connection = try usableConnection(isOpening: isOpening)
            let attempt = Self.attempt(access, timeout, on: connection, body)
            if !connection.isUsable { self.connection = nil }
            let failure: DatabaseFailure
            switch attempt {
            case .done(let value): return value
            case .refused(let error): throw error
            case .failed(let reason):
                // At most once for each connection, so it is not counted.
                if connection.stopPreparing(after: reason) { continue }
                failure = reason
            case .unknown(let value, let transaction):
                self.connection = nil
                if DeliberateFault.trustUnknownCommits.isOn { return value }
                if try isCommitted(transaction) { return value }
                failure = .connectionLost("the connection was lost, and the transaction undone")
            }
            guard failure.isRepeatable, repetitions < settings.repetitionsMax else {
                throw isOpening ? failure.openingError : failure.error
            }
            repetitions += 1
        }
    }

    private mutating func usableConnection(isOpening: Bool = false) throws(UploadError) -> Connection {
        if let connection, connection.isUsable { return connection }
        connection = nil
        let new = try availability.connect(settings, isOpening: isOpening)
        connection = new
        return new
    }

    private static func attempt<Value>(
        _ access: Connection.Access, _ timeout: Duration?, on connection: Connection,
        _ body: (Connection) throws(UploadError) -> Value
    ) -> Attempt<Value> {
        let value: Value
        do throws(UploadError) {
            try connection.begin(access, timeout: timeout)
            value = try body(connection)
        } catch {
            let failure = connection.failure
            connection.rollBack()
            return failure.map { .failed($0) } ?? .refused(error)
        }
        switch access {
        case .read:
            if let failure = connection.failure { return .failed(failure) }
            connection.endReading()
            return .done(value)
        case .write:
            switch connection.commit() {
            case .committed: return .done(value)
            case .failed(let failure): return .failed(failure)
            case .unknown(let transaction): return .unknown(value, transaction: transaction)
            }
        }
    }

    /// Asks on another connection whether a transaction was committed, repeatedly while its backend still works on it.
    ///
    /// - Throws: `unavailable` if that cannot be found out now.
    private mutating func isCommitted(_ transaction: String?) throws(UploadError) -> Bool {
        let unknown = UploadError(.unavailable(detail: "the outcome of a transaction is unknown"))
        guard let transaction else { throw unknown }
        for _ in 0...settings.repetitionsMax {
            let fate: Connection.Fate?
            do throws(UploadError) {
                fate = try usableConnection().fate(of: transaction)
            } catch {
                connection = nil
                continue
            }
            switch fate {
            case .committed: return true
            case .aborted: return false
            case .inProgress: Connection.pause()
            case nil: throw unknown
            }
        }
        throw unknown
    }
}
