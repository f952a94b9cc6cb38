import NIOCore

/// Buffers for reading from a socket that the connection does not keep: one that waits in the middle of a body holds next to
/// nothing, however much came at once before.
///
/// NIO keeps the first buffer of a connection to use it again, so that one is small. It would do the same with the others if it
/// were told their size; it is not, and therefore asks for a new one each time and lets go of it.
struct ReceiveAllocator: RecvByteBufferAllocator {
    private static let keptBytes = 2048
    private static let initialBytes = 64 << 10

    private var sizes: AdaptiveRecvByteBufferAllocator
    private var hasRead = false

    /// - Parameter bytesMax: The most that one read takes in. A connection that brings little gets small buffers.
    init(bytesMax: Int) {
        sizes = AdaptiveRecvByteBufferAllocator(
            minimum: min(Self.keptBytes, bytesMax), initial: min(Self.initialBytes, bytesMax), maximum: bytesMax)
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        hasRead ? sizes.buffer(allocator: allocator) : allocator.buffer(capacity: Self.keptBytes)
    }

    /// - Returns: That the next buffer may be larger, always, for NIO would use the first one again otherwise.
    mutating func record(actualReadBytes: Int) -> Bool {
        hasRead = true
        _ = sizes.record(actualReadBytes: actualReadBytes)
        return true
    }

    func nextBufferSize() -> Int? { nil }
}
