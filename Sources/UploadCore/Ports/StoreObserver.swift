/// Observes the cost of durability: how long the disk took, and how many calls shared it.
///
/// Laws: a call returns at once and never blocks, because the store's threads make it while others wait for them; calls come
/// from several threads at the same time; an observer does not change the store's answers. A store without an observer reads
/// no clock.
public protocol StoreObserver: Sendable {
    /// Called after each sync of an object's bytes.
    ///
    /// - Parameters:
    ///   - nanoseconds: The duration of the sync, without the wait for an earlier sync of the same object.
    ///   - succeeded: False if it failed: the writes before it count as not done.
    func dataSynced(nanoseconds: UInt64, succeeded: Bool)

    /// Called after each transaction of the catalogue that changed something.
    ///
    /// - Parameters:
    ///   - nanoseconds: The duration of the commit itself: of the log's sync, at `Durability.powerLoss`.
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
