import Logging
import Synchronization
import UploadHTTP

/// Reads the token file again. An invalid one is logged, and the former tokens stay valid.
final class TokenReloader: Sendable {
    private let file: TokenFile
    private let authenticator: TokenAuthenticator
    private let logger: Logger
    /// Held from the reading of the file to the replacement of the table: a slower reload could otherwise bring removed
    /// tokens back.
    private let turn = Mutex(())

    init(file: TokenFile, authenticator: TokenAuthenticator, logger: Logger) {
        self.file = file
        self.authenticator = authenticator
        self.logger = logger
    }

    func reload() async {
        do throws(TokenFileError) {
            let count = try await blocking { () throws(TokenFileError) in
                try self.turn.withLock { _ throws(TokenFileError) in
                    let table = try self.file.read()
                    self.authenticator.replace(with: table)
                    return table.entries.count
                }
            }
            logger.notice("tokens reloaded", metadata: ["count": .stringConvertible(count)])
        } catch {
            logger.error("tokens not reloaded; the former ones stay valid", metadata: ["error": "\(error)"])
        }
    }
}
