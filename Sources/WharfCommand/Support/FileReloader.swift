import Logging
import Synchronization

/// Reads a file again and puts it into use. One that cannot be used is logged, and what was read before stays in use.
final class FileReloader<Failure: Error>: Sendable {
    private let subject: String
    private let logger: Logger
    private let load: @Sendable () throws(Failure) -> Logger.Metadata
    /// Held from the reading of the file to its use: a slower reload could otherwise bring back what was removed.
    private let turn = Mutex(())

    /// - Parameters:
    ///   - subject: In the plural, for the log.
    ///   - load: Reads the file, puts it into use, and returns what is logged of it. Blocks.
    init(_ subject: String, logger: Logger, load: @escaping @Sendable () throws(Failure) -> Logger.Metadata) {
        self.subject = subject
        self.logger = logger
        self.load = load
    }

    func reload() async {
        do throws(Failure) {
            let metadata = try await blocking { () throws(Failure) in
                try self.turn.withLock { _ throws(Failure) in try self.load() }
            }
            logger.notice("\(subject) reloaded", metadata: metadata)
        } catch {
            logger.error("\(subject) not reloaded; the former ones stay valid", metadata: ["error": "\(error)"])
        }
    }
}
