/// Observes the cost of durability: the duration of syncs and commits, and the number of calls that shared a commit.
///
/// Laws for implementations: a call returns at once and never blocks, because the store's threads make it while callers
/// wait for them; several threads call at the same time. An observer does not affect the results of the store. A store
/// without an observer reads no clock.
public protocol StoreObserver: Sendable {
    /// Called after each sync of an object's bytes.
    ///
    /// - Parameters:
    ///   - nanoseconds: The duration of the sync, without the wait for an earlier sync of the same object.
    ///   - succeeded: False if the sync failed; the writes before it then have to be repeated.
    func dataSynced(nanoseconds: UInt64, succeeded: Bool)

    /// Called after each transaction of the catalogue that changed something.
    ///
    /// - Parameters:
    ///   - nanoseconds: The duration of the commit, which includes the log's sync at `Durability.powerLoss`.
    ///   - changes: The number of changing calls that shared the commit; at least 1.
    func catalogueCommitted(nanoseconds: UInt64, changes: Int)
}

/// Measures a duration.
package struct Stopwatch: Sendable {
    private let start: ContinuousClock.Instant

    package init() {
        start = .now
    }

    /// The time since `init`.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
    }
}
