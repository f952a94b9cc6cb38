import JWTAuthentication
import ServiceLifecycle

/// Fetches the keys of an issuer at intervals, and sooner after a failure.
struct KeyRefresh: Service {
    let keys: FetchedKeys
    let interval: Duration
    /// Waits; throws when the task is cancelled.
    let pause: @Sendable (Duration) async throws -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await pause(keys.isStale ? min(interval, FetchedKeys.demandInterval) : interval)) != nil {
                await keys.refresh()
            }
        }
    }
}
