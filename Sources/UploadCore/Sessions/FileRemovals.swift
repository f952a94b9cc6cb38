import Synchronization

/// Whether the files of ended uploads may be removed. While they may not, their keys stay listed in the catalogue's
/// garbage; nothing else waits.
package final class FileRemovals: Sendable {
    private let holders = Mutex(0)

    package init() {}

    package var areHeld: Bool { holders.withLock { $0 > 0 } }

    /// Holds removals back. A removal in progress completes: its uploads have ended already.
    package func hold() {
        holders.withLock { $0 += 1 }
    }

    package func release() {
        holders.withLock { $0 -= 1 }
    }
}
