import HummingbirdCore
import NIOCore

/// The body of a request for the writer of an upload: where the connection permits it, the bytes are received by the thread
/// that writes them (`BodyTapHandler`).
struct UploadBody: AsyncSequence, Sendable {
    typealias Element = BodyBytes

    let body: RequestBody
    let channel: any RequestChannel
    /// Counts the bytes, as it does those of `body`.
    let access: AccessRecord?

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        let channel: any RequestChannel
        let access: AccessRecord?

        mutating func next() async throws -> BodyBytes? {
            if let claim = claim() { return BodyBytes(ByteBuffer(), claim) }
            guard let bytes = try await base.next() else { return nil }
            return BodyBytes(bytes, claim())
        }

        private func claim() -> SocketClaim? {
            guard let claim = channel.claimBody() else { return nil }
            access?.received(claim.byteCount)
            return claim
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: body.makeAsyncIterator(), channel: channel, access: access)
    }
}
