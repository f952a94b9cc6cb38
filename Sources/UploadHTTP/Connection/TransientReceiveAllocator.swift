import NIOCore

/// Adapts the size of receive buffers to the traffic, as NIO's adaptive allocator does, but releases each buffer after
/// its read.
///
/// NIO keeps a channel's buffer for the next read if the allocator predicts its size or reports that it will not grow.
/// Thousands of connections that wait in the middle of a body would then hold a full buffer each, so this allocator
/// does neither. The first buffer is kept in any case, and is therefore small.
struct TransientReceiveAllocator: RecvByteBufferAllocator {
    private static let firstBytes = 2048
    /// The size of buffers while the quota is exhausted.
    private static let scarceBytes = 8 << 10
    /// The size of buffers while the reader of the body takes most of it from the socket itself.
    private static let tappedBytes = 16 << 10

    private var sizes: AdaptiveRecvByteBufferAllocator
    private var hasRead = false
    private let quota: ReceiveQuota
    private let gate: ReceiveGate

    init(maximum: Int, quota: ReceiveQuota, gate: ReceiveGate) {
        sizes = AdaptiveRecvByteBufferAllocator(
            minimum: min(Self.firstBytes, maximum), initial: min(64 << 10, maximum), maximum: maximum)
        self.quota = quota
        self.gate = gate
    }

    /// Called before each read. NIO reads without being asked once the client has closed its side.
    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        gate.settle()
        guard hasRead else { return allocator.buffer(capacity: Self.firstBytes) }
        if gate.isTapped { return allocator.buffer(capacity: Self.tappedBytes) }
        if quota.isExhausted { return allocator.buffer(capacity: Self.scarceBytes) }
        return sizes.buffer(allocator: allocator)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        if hasRead, !gate.isTapped { _ = sizes.record(actualReadBytes: actualReadBytes) }
        hasRead = true
        return true
    }
}
