import HummingbirdCore
import NIOCore
import Testing

@testable import UploadHTTP

/// How much connections hold of what they receive.
@Suite struct ReceivingTests {
    private let budget = ReceiveBudget(limit: 100)

    @Test("what connections hold together exhausts the budget, until one has done with its part")
    func exhaustion() {
        let (one, other) = (ReceiveAccount(budget), ReceiveAccount(budget))
        one.take(60)
        #expect(!budget.isExhausted)
        other.take(40)
        #expect(budget.isExhausted)
        one.giveBack(60)
        #expect(!budget.isExhausted)
    }

    @Test("a connection that ends gives back what nobody took of it, and nothing twice")
    func ending() {
        let (one, other) = (ReceiveAccount(budget), ReceiveAccount(budget))
        one.take(100)
        other.take(99)
        one.giveBackAll()
        one.giveBack(100)
        #expect(!budget.isExhausted)
        other.take(1)
        #expect(budget.isExhausted)
    }

    @Test("NIO keeps only a small first buffer of a connection, whatever comes later")
    func transientBuffers() {
        var pool = NIOPooledRecvBufferAllocator(
            capacity: 1, recvAllocator: TransientReceiveAllocator(maximum: 256 << 10, budget: budget))
        var sizes: [Int] = []
        for _ in 0..<4 {
            let (buffer, size) = pool.buffer(allocator: ByteBufferAllocator()) { $0.writableBytes }
            withExtendedLifetime(buffer) { sizes.append(size) }
            pool.record(actualReadBytes: size)
        }
        #expect(sizes == [2 << 10, 64 << 10, 128 << 10, 256 << 10])
        #expect(pool.count == 1)
    }

    @Test("while the budget is exhausted buffers are small")
    func scarceBuffers() {
        var allocator = TransientReceiveAllocator(maximum: 256 << 10, budget: budget)
        let account = ReceiveAccount(budget)
        _ = allocator.record(actualReadBytes: 1)
        account.take(100)
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity == 8 << 10)
        account.giveBackAll()
        #expect(allocator.buffer(allocator: ByteBufferAllocator()).capacity == 64 << 10)
    }

    @Test("pieces of a body end at the limit, and empty buffers are none")
    func pieces() async throws {
        var body = ChunkedBody(Self.body("abc", "", "defg"))
        var pieces: [String] = []
        while let piece = try await body.next(atMost: 2) { pieces.append(String(buffer: piece)) }
        #expect(pieces == ["ab", "c", "de", "fg"])
        #expect(try await !body.hasMore())
    }

    @Test("a body that is too long to be collected is given again from its start")
    func collecting() async throws {
        var long = ChunkedBody(Self.body("abc", "def", "g"))
        #expect(try await long.collectWhole(atMost: 4) == nil)
        #expect(try await long.next().map { String(buffer: $0) } == "abcdef")
        #expect(try await long.next().map { String(buffer: $0) } == "g")
        var short = ChunkedBody(Self.body("ab", "cd"))
        #expect(try await short.collectWhole(atMost: 4) == Array("abcd".utf8))
    }

    private static func body(_ texts: String...) -> RequestBody {
        RequestBody(
            asyncSequence: AsyncStream { stream in
                for text in texts { stream.yield(ByteBuffer(string: text)) }
                stream.finish()
            })
    }
}
