import Synchronization

/// Notifies one listener in this process that there may be work. Costs nothing without a listener.
package final class WorkSignal: Sendable {
    private struct State {
        var listener: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    /// Replaces the listener; nil removes it. The listener must return at once.
    package func listen(_ listener: (@Sendable () -> Void)?) {
        state.withLock { $0.listener = listener }
    }

    package func notify() {
        state.withLock { $0.listener }?()
    }
}
