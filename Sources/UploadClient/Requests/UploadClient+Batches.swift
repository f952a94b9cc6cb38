import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import SessionCore
import UploadModel

extension WireTime {
    /// A file's time of modification; nil for one that RFC 3339 cannot express, and before 1970, as of file systems
    /// without a clock.
    package init?(nanoseconds: Int64) {
        let milliseconds = nanoseconds / 1_000_000
        guard (0...253_402_300_799_999).contains(milliseconds) else { return nil }
        self.init(Timestamp(milliseconds: milliseconds))
    }
}

/// A file that is sent as a whole.
struct WholeFile: Sendable {
    let name: String
    let type: String?
    let content: ByteBuffer
    let digest: Digest
    /// Repeating the file under the same key finds the blob that a lost response was about.
    let key: String
    let modifiedAt: WireTime?
}

/// `POST /v1/blobs/batch` and `POST /v1/blobs/lookup`.
extension UploadClient {
    /// Stores small files with one request. Idempotent by their keys.
    ///
    /// - Returns: The result of each file, in their order; one failure does not stop the others.
    /// - Throws: `ClientError` if the request as a whole failed, as every call.
    func putBatch(
        _ files: [WholeFile], capsule: String?, derive: String?
    ) async throws -> [Result<FinishedDocument, ClientError>] {
        let items = BatchItemsDocument(
            items: files.map { file in
                BatchItemDocument(
                    name: file.name, type: file.type, sha256: file.digest.hex, modifiedAt: file.modifiedAt,
                    idempotencyKey: file.key)
            })
        var form = MultipartForm(
            boundary: newKey(), reservingBytes: files.reduce(0) { $0 + $1.content.readableBytes + 512 })
        form.add(name: "items", type: "application/json", ByteBuffer(bytes: try NativeJSON.encode(items)))
        // The names are in the items, where any character may stand.
        for file in files {
            form.add(name: "file", filename: "file", type: "application/octet-stream", file.content)
        }
        let request = TransportRequest(
            .post, NativePath.batch(capsule: capsule, derive: derive), fields: [.contentType: form.contentType],
            body: .bytes(form.finished()))
        let results = try await document(BatchResultsDocument.self, request).results
        guard results.count == files.count else {
            throw ClientError.badAnswer("lists \(results.count) results of \(files.count) files")
        }
        return try results.map { result in
            if let blob = result.blob { return .success(blob) }
            guard let problem = result.problem else { throw ClientError.badAnswer("has neither a blob nor a problem") }
            let failure = RetryPolicy.Failure.status(
                problem.status, code: problem.code, retryAfterMilliseconds: nil)
            return .failure(ClientError(problem, isTemporary: failure.isTemporary))
        }
    }

    /// Stores a small file with one request. Idempotent by its key.
    func put(_ file: WholeFile, capsule: String?, derive: String?) async throws -> FinishedDocument {
        let path = NativePath.blobs(
            name: file.name, type: file.type, capsule: capsule, modifiedAt: file.modifiedAt, derive: derive)
        var fields = HTTPFields()
        fields[.contentDigest] = ContentDigest.format(file.digest)
        fields[.idempotencyKey] = IdempotencyKeyField.format(IdempotencyKey(bytes: Array(file.key.utf8)))
        return try await document(
            FinishedDocument.self, TransportRequest(.post, path, fields: fields, body: .bytes(file.content)))
    }

    /// The most digests of one lookup.
    static let lookupDigestsMax = 1000

    /// The blobs with these SHA-256 in a capsule, at most one for each.
    ///
    /// - Parameters:
    ///   - digests: In hexadecimal; at most `lookupDigestsMax`.
    ///   - capsule: nil: the caller's default capsule.
    func lookUp(_ digests: [String], capsule: String?) async throws -> [BlobDocument] {
        let request = try request(.post, NativePath.blobLookup, BlobLookupDocument(capsule: capsule, sha256: digests))
        return try await document(BlobListDocument.self, request).blobs
    }
}
