import HummingbirdCore
import NIOCore

/// A body that is taken in pieces which end where chunks do.
struct ChunkedBody {
    private var buffers: RequestBody.AsyncIterator
    private var rest: ByteBuffer?

    init(_ body: RequestBody) {
        buffers = body.makeAsyncIterator()
    }

    /// The next bytes, at most `limit` and at least one; nil at the end.
    mutating func next(atMost limit: UInt64) async throws -> ByteBuffer? {
        while true {
            if var buffer = rest, buffer.readableBytes > 0 {
                let piece = buffer.readSlice(length: Int(min(UInt64(buffer.readableBytes), limit)))
                rest = buffer
                return piece
            }
            rest = try await buffers.next()
            if rest == nil { return nil }
        }
    }

    /// The whole body, if it has at most so many bytes. Otherwise nothing of it is taken: what has come is given again.
    mutating func collectWhole(atMost limit: Int) async throws -> [UInt8]? {
        var collected = ByteBuffer()
        while collected.readableBytes <= limit {
            guard var buffer = try await next(atMost: .max) else { return Array(collected.readableBytesView) }
            collected.writeBuffer(&buffer)
        }
        rest = collected
        return nil
    }
}
