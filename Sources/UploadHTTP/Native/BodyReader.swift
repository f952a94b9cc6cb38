import HummingbirdCore
import NIOCore
import UploadCore

/// A body that is taken in pieces which end where chunks do.
///
/// While it waits for bytes it holds none, nor does a caller of `pass`: that may take long, and for thousands of clients at
/// once.
struct BodyReader {
    private var buffers: RequestBody.AsyncIterator
    private var rest: ByteBuffer?

    init(_ body: RequestBody) {
        buffers = body.makeAsyncIterator()
    }

    /// Waits for bytes.
    ///
    /// - Returns: Whether there are any, before the end.
    mutating func hasMore() async throws -> Bool {
        while rest == nil {
            guard let buffer = try await buffers.next() else { return false }
            if buffer.readableBytes > 0 { rest = buffer }
        }
        return true
    }

    /// The next bytes, at most `limit` and at least one; nil at the end.
    mutating func next(atMost limit: UInt64 = .max) async throws -> ByteBuffer? {
        guard try await hasMore() else { return nil }
        return take(atMost: limit)
    }

    /// Lets the next bytes be written, at most `limit`.
    ///
    /// - Returns: How many there were; nil at the end.
    mutating func pass<Store: Catalogue, Blobs: BlobStore, Time>(
        to writer: UploadWriter<Store, Blobs, Time>, atMost limit: UInt64 = .max
    ) async throws -> UInt64? {
        guard let bytes = try await next(atMost: limit) else { return nil }
        try await writer.write(bytes)
        return UInt64(bytes.readableBytes)
    }

    /// The whole body, if it has at most so many bytes. Otherwise nothing of it is taken: what has come is given again.
    mutating func collectWhole(atMost limit: Int) async throws -> [UInt8]? {
        var collected = ByteBuffer()
        while collected.readableBytes <= limit {
            guard var buffer = try await next() else { return Array(collected.readableBytesView) }
            collected.writeBuffer(&buffer)
        }
        rest = collected
        return nil
    }

    private mutating func take(atMost limit: UInt64) -> ByteBuffer? {
        guard var buffer = rest else { return nil }
        rest = nil
        if UInt64(buffer.readableBytes) <= limit { return buffer }
        let piece = buffer.readSlice(length: Int(limit))
        rest = buffer
        return piece
    }
}
