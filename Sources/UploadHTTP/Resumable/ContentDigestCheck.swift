import HTTPTypes
import HTTPWire
import ResumableWire
import UploadCore
import UploadTransfer

/// `Content-Digest` (RFC 9530, section 2) of one request: its bytes count as a whole, or not at all.
struct ContentDigestCheck: BodyChecksum {
    private let expected: Digest
    private let computed = RunningHash()

    /// - Returns: nil for a request without a digest that the server knows.
    init?(_ fields: HTTPFields) throws {
        guard let expected = try ContentDigest.parse(fields) else { return nil }
        self.expected = expected
    }

    func update(_ bytes: UnsafeRawBufferPointer) { computed.update(bytes) }

    func verify() throws {
        let actual = computed.digest
        guard actual == expected else { throw RequestFailure.contentDigestMismatch(actual: actual) }
    }
}

/// The content of a request without its first bytes.
struct ContentBody: AsyncSequence, Sendable {
    let bytes: UploadBody
    /// The number of bytes that are left out.
    let skipped: UInt64
    /// Gets the bytes that are left out.
    let observe: @Sendable (UnsafeRawBufferPointer) -> Void

    struct AsyncIterator: AsyncIteratorProtocol {
        var bytes: UploadBody.AsyncIterator
        var left: UInt64
        let observe: @Sendable (UnsafeRawBufferPointer) -> Void

        mutating func next() async throws -> BodyBytes? {
            while var buffer = try await bytes.next() {
                guard left > 0 else { return buffer }
                let count = Int(Swift.min(left, UInt64(buffer.count)))
                try buffer.removePrefix(count).forEachPiece(alignedTo: 0) { piece throws(UploadError) in
                    observe(piece)
                }
                left -= UInt64(count)
                if buffer.count > 0 { return buffer }
            }
            return nil
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(bytes: bytes.makeAsyncIterator(), left: skipped, observe: observe)
    }
}
