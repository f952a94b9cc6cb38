import NIOCore
import UploadCore
import UploadTestKit

/// Random bytes at no cost: a slice of one shared random string, at an offset determined by the seed.
struct Content: Hashable, Sendable {
    static let lengthMax = 4 << 20

    private static let all: ByteBuffer = {
        var random = SeededRandom(seed: 0)
        var buffer = ByteBufferAllocator().buffer(capacity: 2 * lengthMax)
        for _ in 0..<(2 * lengthMax / 8) { buffer.writeInteger(random.next()) }
        return buffer
    }()

    private let start: Int
    let length: Int

    /// - Parameter length: At most `lengthMax`.
    init(seed: UInt64, length: Int) {
        var random = SeededRandom(seed: seed)
        start = random.below(Self.lengthMax)
        self.length = min(length, Self.lengthMax)
    }

    private init(start: Int, length: Int) {
        self.start = start
        self.length = length
    }

    /// A range of the bytes as content of its own.
    func part(_ range: Range<Int>) -> Content {
        let range = range.clamped(to: 0..<length)
        return Content(start: start + range.lowerBound, length: range.count)
    }

    /// A range of the bytes without a copy, clamped to the length.
    subscript(range: Range<Int>) -> ByteBuffer {
        let range = range.clamped(to: 0..<length)
        return Self.all.getSlice(at: start + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    var buffer: ByteBuffer { self[0..<length] }
    var bytes: [UInt8] { Array(buffer: buffer) }
    var digest: Digest { buffer.withUnsafeReadableBytes { Digest(of: $0) } }

    /// The number of chunks of a size, and the bytes of one.
    func chunkCount(of size: Int) -> Int { (length + size - 1) / size }
    func chunk(_ index: Int, of size: Int) -> ByteBuffer { self[index * size..<(index + 1) * size] }
}
