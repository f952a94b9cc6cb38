import Logging
import ServiceLifecycle
import UnixSignals
import UploadHTTP

/// Reloads what can change while the server runs when it receives SIGHUP, which would otherwise end it: the token file.
/// All other settings need a restart.
struct HangUp: Service {
    /// nil if there is no token file.
    let reload: TokenReloader?
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                if let reload { await reload.reload() } else { logger.info("SIGHUP: there is nothing to reload") }
            }
        }
    }
}

/// Reads the token file again. An invalid one is logged, and the former tokens stay valid.
struct TokenReloader: Sendable {
    let file: TokenFile
    let authenticator: TokenAuthenticator
    let logger: Logger

    func reload() async {
        do throws(TokenFileError) {
            let file = file
            let table = try await blocking { () throws(TokenFileError) in try file.read() }
            authenticator.replace(with: table)
            logger.notice("tokens reloaded", metadata: ["count": .stringConvertible(table.entries.count)])
        } catch {
            logger.error("tokens not reloaded; the former ones stay valid", metadata: ["error": "\(error)"])
        }
    }
}
