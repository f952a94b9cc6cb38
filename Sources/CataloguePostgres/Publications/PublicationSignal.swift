import Synchronization

/// Tells the publisher of this process that a blob may have been committed. Costs nothing while none listens.
package final class PublicationSignal: Sendable {
    private struct State {
        var listener: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    /// Replaces the listener, which must return at once; nil removes it.
    package func listen(_ listener: (@Sendable () -> Void)?) { state.withLock { $0.listener = listener } }

    func notify() { state.withLock { $0.listener }?() }
}
