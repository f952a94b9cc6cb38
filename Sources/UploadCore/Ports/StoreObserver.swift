/// Is told what durability costs: how long the disk took, and how much was done at once.
///
/// Laws: a call returns at once and never blocks, for the store's own threads make it, and others wait for them; calls come
/// from several threads at the same time; nothing that an observer does changes what the store answers. A store without an
/// observer reads no clock.
public protocol StoreObserver: Sendable {
    /// The system was asked to make bytes of an object durable.
    ///
    /// - Parameters:
    ///   - nanoseconds: How long it took, waiting for other syncs of the same object not included.
    ///   - succeeded: False if it failed: the writes before it count as not done.
    func dataSynced(nanoseconds: UInt64, succeeded: Bool)

    /// A transaction of the catalogue that changed something was committed.
    ///
    /// - Parameters:
    ///   - nanoseconds: How long the commit itself took, which is the sync of the log at `Durability.powerLoss`.
    ///   - changes: How many calls had changed something in it and shared its cost; at least 1.
    func catalogueCommitted(nanoseconds: UInt64, changes: Int)
}

/// Measures how long something takes, where somebody wants to know.
package struct Stopwatch: Sendable {
    private let start: ContinuousClock.Instant

    package init() {
        start = .now
    }

    /// Since the beginning.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = start.duration(to: .now).components
        return UInt64(max(0, seconds)) * 1_000_000_000 + UInt64(max(0, attoseconds)) / 1_000_000_000
    }
}
