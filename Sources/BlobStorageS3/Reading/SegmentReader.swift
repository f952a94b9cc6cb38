import AsyncHTTPClient
import DeliberateFaults
import NIOCore
public import UploadCore

/// Reads a range of an upload's bytes, a response for each segment. What is not asked for stays in the engine: reading
/// the body of a response is the back-pressure. A response that breaks is continued by another one from where it stopped.
actor SegmentReader {
    /// Receipts are looked up for ranges of this size, since there may be many small ones.
    private let lookUpBytes: UInt64

    private let client: S3Client
    private let index: any ReceiptIndex
    private let key: ObjectKey
    private var rest: Range<UInt64>
    private var receipts: ArraySlice<StorageReceipt> = []
    /// The bytes after `body`'s last buffer, up to the end of the response.
    private var body: HTTPClientResponse.Body.AsyncIterator?
    private var bodyEnd: UInt64 = 0
    /// Received and not yet returned.
    private var buffer = ByteBuffer()
    private var retries: RetryLoop

    init(
        _ client: S3Client, _ index: any ReceiptIndex, _ key: ObjectKey, _ range: Range<UInt64>,
        lookUpBytes: UInt64 = 256 << 20
    ) {
        self.lookUpBytes = lookUpBytes
        self.client = client
        self.index = index
        self.key = key
        rest = range
        retries = client.retries
    }

    /// The next bytes, at least 1 and at most `limit`; nil at the end of the range.
    ///
    /// - Throws: `store_corrupt` if a segment is missing, or shorter than its receipt; `unavailable`.
    func next(limit: Int) async throws(UploadError) -> ByteBuffer? {
        guard !rest.isEmpty else { return nil }
        while buffer.readableBytes == 0 { try await receive() }
        let count = min(max(1, limit), buffer.readableBytes)
        guard let bytes = buffer.readSlice(length: count) else { return nil }
        rest = rest.lowerBound + UInt64(count)..<rest.upperBound
        return bytes
    }

    /// Receives a buffer, or waits before it can be tried once more.
    private func receive() async throws(UploadError) {
        let receipt = try await currentReceipt()
        do throws(S3Failure) {
            if body == nil {
                let part = rest.clamped(to: receipt.range)
                let start = receipt.range.lowerBound
                let response = try await client.get(
                    named: client.name(of: receipt.key), part.lowerBound - start..<part.upperBound - start,
                    objectBytes: UInt64(receipt.range.count))
                (body, bodyEnd) = (response.body.makeAsyncIterator(), part.upperBound)
            }
            let zeros = DeliberateFault.acceptShortRanges.isOn ? Int(bodyEnd - rest.lowerBound) : 0
            guard let bytes = try await nextBuffer() ?? (zeros > 0 ? ByteBuffer(repeating: 0, count: zeros) : nil)
            else {
                throw S3Failure(kind: .broken, detail: "the response ended before byte \(rest.lowerBound)")
            }
            guard UInt64(bytes.readableBytes) <= bodyEnd - rest.lowerBound else {
                throw S3Failure(kind: .broken, detail: "the response is longer than its range")
            }
            buffer = bytes
            retries.progressed()
            if UInt64(bytes.readableBytes) == bodyEnd - rest.lowerBound {
                // Without its end a response would be cancelled, and its connection closed.
                _ = try? await nextBuffer()
                body = nil
            }
        } catch {
            body = nil
            let subject = "reading \(receipt.range) of object \(key.digest.hex) from segment \(receipt.key.digest.hex)"
            var loop = retries
            defer { retries = loop }
            try await loop.pause(after: error, subject)
        }
    }

    private func nextBuffer() async throws(S3Failure) -> ByteBuffer? {
        guard var iterator = body.take() else { return nil }
        do {
            let bytes = try await iterator.next(isolation: #isolation)
            body = iterator
            return bytes
        } catch {
            throw S3Failure(network: error)
        }
    }

    /// The receipt of the next byte.
    private func currentReceipt() async throws(UploadError) -> StorageReceipt {
        let position = rest.lowerBound
        receipts = receipts.drop { $0.range.upperBound <= position }
        if receipts.isEmpty {
            let end = min(rest.upperBound, position.addingReportingOverflow(lookUpBytes).partialValue)
            receipts = try await index.receipts(of: key, in: position..<max(end, position + 1))[...]
        }
        guard let receipt = receipts.first, receipt.range.contains(position) else {
            throw UploadError(.storeCorrupt(detail: "no segment of object \(key.digest.hex) has byte \(position)"))
        }
        return receipt
    }
}

/// Streams a range of an upload's bytes from its segments. Copies share the position.
public struct S3ByteStream: ByteStream {
    private let reader: SegmentReader

    init(_ reader: SegmentReader) {
        self.reader = reader
    }

    public mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        try await reader.next(limit: limit).map { Array(buffer: $0) }
    }
}
