import Synchronization
import UploadCore

/// Whether the server can be reached, as far as the connections of one pool know.
final class Availability: Sendable {
    private let backOff = Mutex(BackOff())

    /// Connects, unless the last attempt failed just now.
    ///
    /// - Parameter isOpening: Whether the catalogue is being opened. A password that is wrong then has to be corrected; one
    ///   that was right before may be about to be replaced.
    /// - Throws: `unavailable`; at the opening `invalid_argument` if the settings or the server have to be changed.
    func connect(_ settings: PostgresSettings, isOpening: Bool) throws(UploadError) -> Connection {
        guard backOff.withLock({ $0.permits(at: .now) }) else {
            throw UploadError(.unavailable(detail: "PostgreSQL could not be reached just now"))
        }
        do throws(ConnectionFailure) {
            let connection = try Connection(
                settings.connection, connectTimeout: settings.connectTimeout, timeout: settings.statementTimeout,
                isExplained: isOpening)
            if settings.assumesNoPooler { connection.preparation = .direct(PreparedStatements()) }
            backOff.withLock { $0.succeeded() }
            return connection
        } catch {
            backOff.withLock { $0.failed(at: .now) }
            if isOpening, let remedy = error.remedy {
                throw UploadError(.invalidArgument("catalogue", "is refused: \(error.message); \(remedy)"))
            }
            throw UploadError(.unavailable(detail: "PostgreSQL cannot be reached: \(error.message)"))
        }
    }
}
