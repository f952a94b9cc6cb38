import HummingbirdCore
import NIOCore

/// The body of a request whose bytes an access record counts.
struct CountedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer

    let body: RequestBody
    let record: AccessRecord

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let record: AccessRecord

        mutating func next() async throws -> ByteBuffer? {
            guard let bytes = try await base.next() else { return nil }
            record.received(bytes.readableBytes)
            return bytes
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: body.makeAsyncIterator(), record: record)
    }
}
