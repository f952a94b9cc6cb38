import NIOCore

/// Sizes receive buffers by what comes, as NIO's adaptive allocator does, but lets go of each as soon as its bytes were
/// handed on.
///
/// NIO keeps a channel's buffer for its next read, at the size that it had grown to: thousands of connections that wait in
/// the middle of a body would hold a full buffer each. It does so where an allocator names the next size, or says that the
/// next buffer is no larger; this one does neither. The first buffer is kept all the same, and is therefore a small one.
struct TransientReceiveAllocator: RecvByteBufferAllocator {
    private static let firstBytes = 2048
    /// Of a buffer while the quota is exhausted.
    private static let scarceBytes = 8 << 10

    private var sizes: AdaptiveRecvByteBufferAllocator
    private var hasRead = false
    private let quota: ReceiveQuota

    init(maximum: Int, quota: ReceiveQuota) {
        sizes = AdaptiveRecvByteBufferAllocator(
            minimum: min(Self.firstBytes, maximum), initial: min(64 << 10, maximum), maximum: maximum)
        self.quota = quota
    }

    func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
        guard hasRead else { return allocator.buffer(capacity: Self.firstBytes) }
        if quota.isExhausted { return allocator.buffer(capacity: Self.scarceBytes) }
        return sizes.buffer(allocator: allocator)
    }

    mutating func record(actualReadBytes: Int) -> Bool {
        if hasRead { _ = sizes.record(actualReadBytes: actualReadBytes) }
        hasRead = true
        return true
    }
}
