import Logging
import ServiceLifecycle
import UnixSignals

/// Reloads what can change while the server runs when it receives SIGHUP, which would otherwise end it. All other
/// settings need a restart.
struct HangUp: Service {
    let reloads: [@Sendable () async -> Void]
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                if reloads.isEmpty { logger.info("SIGHUP: there is nothing to reload") }
                for reload in reloads { await reload() }
            }
        }
    }
}
