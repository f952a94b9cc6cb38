import CLibPQ
import UploadCore

// Statements are prepared by name on connections to the server itself. A pooler of transactions lends a session to one client
// after another, and what one of them has prepared the next does not know.
extension Connection {
    enum Preparation {
        /// The server has not said yet whether it is the one that accepted the connection.
        case undecided
        case direct(PreparedStatements)
        /// A pooler is in between, or the server has lost what was prepared.
        case off
    }

    /// Notes the process ID of the backend that executes the statements. PostgreSQL also sends it when it accepts a connection; a
    /// pooler sends a key of its own there, by which it recognises cancel requests.
    ///
    /// Source: PostgreSQL 15 documentation, 55.2.1 “Start-up” (BackendKeyData).
    func noteBackend(_ number: Int) {
        guard case .undecided = preparation else { return }
        preparation = number == Int(PQbackendPID(handle)) ? .direct(PreparedStatements()) : .off
    }

    /// Begins to send a transaction whose statements may be prepared.
    func beginPreparing() throws(UploadError) {
        switch preparation {
        case .undecided: try send("SELECT pg_backend_pid()", as: .backend)
        case .direct(var statements):
            let isPlanOld = statements.beginTransaction()
            preparation = .direct(statements)
            if isPlanOld { try send("DISCARD PLANS") }
        case .off: break
        }
    }

    /// How a statement is sent. Those without parameters control transactions or define tables, or are rare.
    func form(of statement: PreparedStatements.Statement) -> PreparedStatements.Form {
        guard preparesStatements, !statement.types.isEmpty, case .direct(var statements) = preparation else {
            return .text
        }
        let form = statements.form(of: statement)
        preparation = .direct(statements)
        return form
    }

    /// Notes that the server did not prepare a statement.
    func notPrepared(_ statement: PreparedStatements.Statement) {
        guard case .direct(var statements) = preparation else { return }
        statements.notPrepared(statement)
        preparation = .direct(statements)
    }

    /// Stops preparing if a transaction failed because the server does not have a statement under its name or cannot use
    /// its plan: a pooler was not recognised, somebody has discarded the statements of the session, or a newer
    /// engine has migrated the tables. Nothing is deallocated: other clients of a pooler may use it.
    ///
    /// - Returns: Whether the transaction is to be repeated, with unprepared statements.
    func stopPreparing(after failure: DatabaseFailure) -> Bool {
        guard failure.isOfPreparedStatement, case .direct = preparation else { return false }
        preparation = .off
        return true
    }
}
