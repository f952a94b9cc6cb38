import Synchronization

/// What a channel has to know before it receives: whether a reader takes the bytes of the body from the socket itself.
final class ReceiveGate: Sendable {
    private struct State {
        var isTapped = false
        var claim: SocketClaim?
    }

    private let state = Mutex(State())

    /// Whether the channel only has to notice that bytes have arrived.
    var isTapped: Bool {
        get { state.withLock { $0.isTapped } }
        set { state.withLock { $0.isTapped = newValue } }
    }

    func enter(_ claim: SocketClaim) {
        state.withLock { $0.claim = claim }
    }

    /// Moves the claimed bytes into memory, so that the next ones can be received.
    func settle() {
        state.withLock { $0.claim.take() }?.load()
    }
}
