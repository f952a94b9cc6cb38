import NIOCore
import Synchronization

/// Buffers for the pieces of bodies that threads of the store receive: as many as threads have used at once, each for the
/// life of the process. The last one that was given back is the next one taken, since the processor's cache may still have it.
final class PieceBuffers: Sendable {
    /// Large enough that a call costs little of what it moves, and small enough for the second level of the cache.
    static let byteCount = 512 << 10
    /// Of the address: that of a block of a file, so that whole blocks of a piece can be written directly.
    static let alignment = 4096

    static let shared = PieceBuffers()

    private let free = Mutex<[ByteBuffer]>([])

    /// Lends a buffer of `byteCount` bytes, whose contents are undefined, for the time of the call.
    func withBuffer<Failure: Error>(
        _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        var buffer =
            free.withLock { $0.popLast() } ?? ByteBufferAllocator().buffer(capacity: Self.byteCount + Self.alignment)
        let outcome = buffer.withUnsafeMutableWritableBytes { bytes -> Result<Void, Failure> in
            let past = Int(UInt(bitPattern: bytes.baseAddress) % UInt(Self.alignment))
            let start = past == 0 ? 0 : Self.alignment - past
            let aligned = UnsafeMutableRawBufferPointer(rebasing: bytes[start..<start + Self.byteCount])
            do throws(Failure) {
                return .success(try body(aligned))
            } catch {
                return .failure(error)
            }
        }
        free.withLock { $0.append(buffer) }
        try outcome.get()
    }
}
