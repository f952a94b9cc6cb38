import Synchronization

/// Tells whoever works through the derivations that one was added.
final class DerivationSignal: Sendable {
    private let listener = Mutex<(@Sendable () -> Void)?>(nil)

    /// The one listener from now on, or none. It must return at once.
    func listen(_ listener: (@Sendable () -> Void)?) {
        self.listener.withLock { $0 = listener }
    }

    func notify() {
        listener.withLock { $0 }?()
    }
}
