import SessionCore
import Synchronization

/// What a client was told before the machine stopped.
final class Acknowledged: Sendable {
    private let state = Mutex((chunks: [UInt64](), blob: SessionId?.none))

    func insert(_ chunk: UInt64) {
        state.withLock { $0.chunks.append(chunk) }
    }

    func commit(_ id: SessionId) {
        state.withLock { $0.blob = id }
    }

    var chunks: [UInt64] { state.withLock { $0.chunks } }
    var blob: SessionId? { state.withLock { $0.blob } }
}
