import HummingbirdCore
import NIOCore
import Testing

@testable import UploadHTTP

/// How much connections hold of what they receive.
@Suite struct ReceivingTests {
    private let quota = ReceiveQuota(limit: 100)

    @Test("what connections hold together exhausts the quota, until one has done with its part")
    func exhaustion() {
        let (one, other) = (ConnectionReceiveQuota(quota), ConnectionReceiveQuota(quota))
        one.reserve(60)
        #expect(!quota.isExhausted)
        other.reserve(40)
        #expect(quota.isExhausted)
        one.release(60)
        #expect(!quota.isExhausted)
    }

    @Test("a connection that ends gives back what nobody took of it, and nothing twice")
    func ending() {
        let (one, other) = (ConnectionReceiveQuota(quota), ConnectionReceiveQuota(quota))
        one.reserve(100)
        other.reserve(99)
        one.releaseAll()
        one.release(100)
        #expect(!quota.isExhausted)
        other.reserve(1)
        #expect(quota.isExhausted)
    }

    @Test("NIO keeps only a small first buffer of a connection, whatever comes later")
    func transientBuffers() {
        var pool = NIOPooledRecvBufferAllocator(
            capacity: 1, recvAllocator: TransientReceiveAllocator(maximum: 256 << 10, quota: quota, gate: ReceiveGate())
        )
        var sizes: [Int] = []
        for _ in 0..<4 {
            let (buffer, size) = pool.buffer(allocator: ByteBufferAllocator()) { $0.writableBytes }
            withExtendedLifetime(buffer) { sizes.append(size) }
            pool.record(actualReadBytes: size)
        }
        #expect(sizes == [2 << 10, 64 << 10, 128 << 10, 256 << 10])
        #expect(pool.count == 1)
    }

    @Test("while the quota is exhausted buffers are small")
    func scarceBuffers() {
        var allocator = TransientReceiveAllocator(maximum: 256 << 10, quota: quota, gate: ReceiveGate())
        let connectionQuota = ConnectionReceiveQuota(quota)
        _ = allocator.record(actualReadBytes: 1)
        connectionQuota.reserve(100)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity == 8 << 10)
        connectionQuota.releaseAll()
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity == 64 << 10)
    }

    @Test("while the reader takes the body from the socket, buffers are small, and the sizes of others are kept")
    func tappedBuffers() {
        let gate = ReceiveGate()
        var allocator = TransientReceiveAllocator(maximum: 256 << 10, quota: quota, gate: gate)
        _ = allocator.record(actualReadBytes: 1)
        gate.isTapped = true
        for _ in 0..<3 {
            #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity == 16 << 10)
            _ = allocator.record(actualReadBytes: 1)
        }
        gate.isTapped = false
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity == 64 << 10)
    }
}
