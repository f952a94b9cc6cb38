import Glibc
import Synchronization

/// Buffers for the pieces of bodies that threads of the store receive: as many as threads have used at once, each for the
/// life of the process. The last one that was given back is the next one taken, since the processor's cache may still have it.
final class PieceBuffers: Sendable {
    /// Large enough that a call costs little of what it moves, and small enough for the second level of the cache.
    static let byteCount = 512 << 10

    static let shared = PieceBuffers()

    /// Proof: unchecked, because a buffer is owned by the list, or by the one that took it.
    private struct Buffer: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
    }

    private let free = Mutex<[Buffer]>([])

    func take() -> UnsafeMutableRawBufferPointer {
        free.withLock { $0.popLast() }?.bytes ?? .allocate(byteCount: Self.byteCount, alignment: 4096)
    }

    func give(_ buffer: UnsafeMutableRawBufferPointer) {
        free.withLock { $0.append(Buffer(bytes: buffer)) }
    }
}
