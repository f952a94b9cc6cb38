import NIOCore
import SessionCore
import Synchronization

/// Bytes per second that all requests of a client together send. Pure: the time is an argument.
///
/// A token bucket of one second: after a pause at most the bytes of a second are sent at once.
public struct RateLimit: Hashable, Sendable {
    /// At least 1.
    public let bytesPerSecondMax: UInt64
    /// The time at which all admitted bytes will have been sent at this rate.
    private var paidMilliseconds: Double = -.infinity

    public init(bytesPerSecondMax: UInt64) {
        self.bytesPerSecondMax = max(1, bytesPerSecondMax)
    }

    /// Admits bytes.
    ///
    /// - Returns: The milliseconds to wait before sending them.
    public mutating func admit(bytes: Int, atMilliseconds now: Int64) -> Int64 {
        let start = max(paidMilliseconds, Double(now) - 1000)
        paidMilliseconds = start + Double(bytes) * 1000 / Double(bytesPerSecondMax)
        return max(0, Int64((paidMilliseconds - Double(now)).rounded(.up)))
    }
}

/// Delays the bodies of requests so that they keep a rate limit.
final class BodyPacer: Sendable {
    /// Small enough that a slow rate is steady.
    private static let pieceBytesMax = 16 << 10

    private let limit: Mutex<RateLimit>
    private let timer: RetryTimer

    init(_ limit: RateLimit, timer: RetryTimer) {
        self.limit = Mutex(limit)
        self.timer = timer
    }

    func paced(_ body: TransportRequest.Body) -> TransportRequest.Body {
        switch body {
        case .none: .none
        case .bytes(let buffer):
            .stream(
                PacedBody(pieces: OneBuffer(buffer: buffer), pacer: self), length: UInt64(buffer.readableBytes))
        case .stream(let pieces, let length): .stream(PacedBody(pieces: pieces, pacer: self), length: length)
        }
    }

    fileprivate func wait(for bytes: Int) async throws {
        let now = timer.now().milliseconds
        let wait = limit.withLock { $0.admit(bytes: bytes, atMilliseconds: now) }
        if wait > 0 { try await timer.wait(wait) }
    }

    fileprivate var pieceBytes: Int {
        Int(clamping: limit.withLock { min(UInt64(Self.pieceBytesMax), $0.bytesPerSecondMax) })
    }
}

struct OneBuffer: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error
    let buffer: ByteBuffer

    func makeAsyncIterator() -> Iterator { Iterator(buffer: buffer) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = any Error
        var buffer: ByteBuffer?

        mutating func next() async throws -> ByteBuffer? {
            defer { buffer = nil }
            return buffer
        }
    }
}

/// A body whose pieces come no faster than the pacer permits.
private struct PacedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error
    let pieces: TransportRequest.Pieces
    let pacer: BodyPacer

    func makeAsyncIterator() -> Iterator { Iterator(pieces: pieces.makeAsyncIterator(), pacer: pacer) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = any Error
        var pieces: any AsyncIteratorProtocol<ByteBuffer, any Error>
        let pacer: BodyPacer
        var rest = ByteBuffer()

        mutating func next() async throws -> ByteBuffer? {
            while rest.readableBytes == 0 {
                guard let piece = try await pieces.next(isolation: nil) else { return nil }
                rest = piece
            }
            let count = Swift.min(rest.readableBytes, pacer.pieceBytes)
            guard let slice = rest.readSlice(length: count) else { return nil }
            try await pacer.wait(for: count)
            return slice
        }
    }
}
