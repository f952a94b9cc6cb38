import Glibc
import NIOCore
import Testing
import UploadCore
import UploadTestKit

/// Bytes without a pattern that take no time to make: a piece of one random string, which starts somewhere else for every seed.
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

    /// Some of the bytes as a whole of their own.
    func part(_ range: Range<Int>) -> Content {
        let range = range.clamped(to: 0..<length)
        return Content(start: start + range.lowerBound, length: range.count)
    }

    /// Some of the bytes, without a copy; those beyond the end are left out.
    subscript(range: Range<Int>) -> ByteBuffer {
        let range = range.clamped(to: 0..<length)
        return Self.all.getSlice(at: start + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    var buffer: ByteBuffer { self[0..<length] }
    var bytes: [UInt8] { Array(buffer: buffer) }
    var digest: Digest { buffer.withUnsafeReadableBytes { Digest(of: $0) } }

    /// How many chunks of a size there are, and which bytes are those of one.
    func chunkCount(of size: Int) -> Int { (length + size - 1) / size }
    func chunk(_ index: Int, of size: Int) -> ByteBuffer { self[index * size..<(index + 1) * size] }
}

/// Small files of tests.
enum Files {
    static func write(
        _ bytes: some Sequence<UInt8>, to path: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(descriptor >= 0, "\(path)", sourceLocation: sourceLocation)
        defer { close(descriptor) }
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            try #require(count > 0, "\(path)", sourceLocation: sourceLocation)
            rest = rest.dropFirst(count)
        }
    }

    /// nil if there is no such file.
    static func read(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
