import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The body of a request as it is received. A connection that ends before the body does is an error, never the end.
/// The handler of the request uses `parts`, and `HTTPConnection` after that has returned.
struct RequestChannelBody: AsyncSequence, @unchecked Sendable {  // Proof: one task at a time uses `parts`.
    typealias Element = ByteBuffer
    typealias Parts = NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator

    let requestChannel: ConnectionRequestChannel
    let parts: Parts

    struct AsyncIterator: AsyncIteratorProtocol {
        let requestChannel: ConnectionRequestChannel
        var parts: Parts
        /// The size of the last buffer, which the next call releases from the quota.
        private var lastBytes = 0

        init(requestChannel: ConnectionRequestChannel, parts: Parts) {
            self.requestChannel = requestChannel
            self.parts = parts
        }

        mutating func next() async throws -> ByteBuffer? {
            if requestChannel.isComplete { return nil }
            requestChannel.connectionQuota.release(lastBytes)
            lastBytes = 0
            await requestChannel.continueIfExpected()
            switch try await nextPart() {
            case .body(let bytes):
                lastBytes = bytes.readableBytes
                return bytes
            case .end(let trailers):
                requestChannel.end(trailers: trailers)
                return nil
            case .head, nil: throw BodyError.connectionClosed
            }
        }

        private mutating func nextPart() async throws -> HTTPRequestPart? {
            do {
                return try await parts.next()
            } catch let error as HTTPParserError where error != .invalidEOFState {
                throw BodyError.malformed
            } catch BodyError.shuttingDown {
                requestChannel.wasStopped = true
                throw BodyError.shuttingDown
            } catch {
                throw BodyError.connectionClosed
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(requestChannel: requestChannel, parts: parts)
    }
}

enum BodyError: Error {
    /// The connection ended in the middle of the body: the client disconnected, or was too slow.
    case connectionClosed
    /// The framing of the body is invalid.
    case malformed
    /// The server shuts down and receives no more of it.
    case shuttingDown
}
