import AsyncHTTPClient
import NIOCore
import UploadCore

/// Reads a published object from one end to the other. A response that breaks is continued by another one.
struct PublishedReader {
    private let client: S3Client
    private let name: String
    private let size: UInt64
    private var position: UInt64 = 0
    private var body: HTTPClientResponse.Body.AsyncIterator?
    private var retries: RetryLoop

    init(_ client: S3Client, _ name: String, size: UInt64) {
        self.client = client
        self.name = name
        self.size = size
        retries = client.retries
    }

    /// The next bytes; nil at the end.
    ///
    /// - Throws: `store_corrupt` if there is no object, or one of another size; `unavailable`.
    mutating func next() async throws(UploadError) -> [UInt8]? {
        while position < size {
            do throws(S3Failure) {
                if body == nil {
                    body = try await client.get(named: name, position..<size, objectBytes: size).body
                        .makeAsyncIterator()
                }
                guard let bytes = try await received() else {
                    throw S3Failure(kind: .broken, detail: "the response ended before byte \(position)")
                }
                guard UInt64(bytes.readableBytes) <= size - position else {
                    throw S3Failure(kind: .broken, detail: "the response is longer than its range")
                }
                position += UInt64(bytes.readableBytes)
                retries.progressed()
                if position == size {
                    // Without its end the response would be cancelled, and its connection closed.
                    _ = try? await received()
                    body = nil
                }
                return Array(buffer: bytes)
            } catch {
                body = nil
                try await retries.pause(after: error, "reading \(name.withoutFileName)")
            }
        }
        return nil
    }

    private mutating func received() async throws(S3Failure) -> ByteBuffer? {
        do {
            return try await body?.next()
        } catch {
            throw S3Failure(network: error)
        }
    }
}
