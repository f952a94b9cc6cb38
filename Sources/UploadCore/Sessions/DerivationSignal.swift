import Synchronization

/// Notifies the derivation runner that a derivation was added. Costs nothing while no runner listens.
package final class DerivationSignal: Sendable {
    private let listener = Mutex<(@Sendable () -> Void)?>(nil)

    /// Replaces the listener; nil removes it. The listener must return at once.
    package func listen(_ listener: (@Sendable () -> Void)?) {
        self.listener.withLock { $0 = listener }
    }

    package func notify() {
        listener.withLock { $0 }?()
    }
}
