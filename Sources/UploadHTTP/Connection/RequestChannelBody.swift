import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// The body of a request as it is received. A connection that ends before the body does is an error, never the end.
/// It is read on the connection's event loop, the preferred executor of the request's task; `HTTPConnection` reads on
/// after the request's handler has returned.
struct RequestChannelBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Parts = NIOAsyncChannelInboundStream<HTTPRequestPart>.AsyncIterator

    let requestChannel: ConnectionRequestChannel
    let parts: NIOLoopBound<Parts>

    struct AsyncIterator: AsyncIteratorProtocol {
        let requestChannel: ConnectionRequestChannel
        let parts: NIOLoopBound<Parts>
        /// The size of the last buffer, which the next call releases from the quota.
        private var lastBytes = 0

        init(requestChannel: ConnectionRequestChannel, parts: NIOLoopBound<Parts>) {
            self.requestChannel = requestChannel
            self.parts = parts
        }

        mutating func next() async throws -> ByteBuffer? {
            if requestChannel.isComplete { return nil }
            requestChannel.connectionQuota.release(lastBytes)
            lastBytes = 0
            await requestChannel.continueIfExpected()
            requestChannel.tap?.value.release()
            switch try await nextPart() {
            case .body(let bytes):
                requestChannel.tap?.value.tookPart()
                lastBytes = bytes.readableBytes
                return bytes
            case .end(let trailers):
                requestChannel.end(trailers: trailers)
                return nil
            case .head, nil: throw BodyError.connectionClosed
            }
        }

        private mutating func nextPart() async throws -> HTTPRequestPart? {
            // Copies of an iterator share its position.
            var parts = parts.value
            do {
                return try await parts.next()
            } catch let error as HTTPParserError where error != .invalidEOFState {
                throw BodyError.malformed
            } catch let error as BodyError {
                requestChannel.stopped()
                throw error
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
    /// The handler of the request needs no more of it.
    case interrupted
}
