import Glibc
import Logging
import ServiceLifecycle
import UnixSignals

/// SIGHUP, which would otherwise end the process: trapped from the first moments of a server to its end.
struct HangUpSignals: Sendable {
    /// Signals wait here until `HangUp` runs.
    let sequence: UnixSignalsSequence

    /// Ignores the signal until `trap` is called. Called before anything is read that the signal reloads: whoever sends it
    /// then gets the new state.
    static func ignore() { signal(SIGHUP, SIG_IGN) }

    /// Signals from now on are acted on once `HangUp` runs, and are without effect once it has ended.
    static func trap() async -> HangUpSignals {
        HangUpSignals(sequence: await UnixSignalsSequence(trapping: .sighup))
    }
}

/// Reloads what can change while the server runs when it receives SIGHUP. All other settings need a restart.
struct HangUp: Service {
    let signals: HangUpSignals
    let reloads: [@Sendable () async -> Void]
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in signals.sequence {
                if reloads.isEmpty { logger.info("SIGHUP: there is nothing to reload") }
                for reload in reloads { await reload() }
            }
        }
    }
}
