import Synchronization

/// Notifies the derivation runner that a derivation was added. Costs nothing while no runner listens.
package final class DerivationSignal: Sendable {
    private struct State {
        var listener: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Replaces the listener; nil removes it. The listener must return at once.
    package func listen(_ listener: (@Sendable () -> Void)?) {
        state.withLock { $0.listener = listener }
    }

    package func notify() {
        state.withLock { $0.listener }?()
    }
}
