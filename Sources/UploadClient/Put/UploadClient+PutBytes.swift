import HTTPTypes
public import NIOCore
public import NativeWire
import SessionCore
import UploadCore

extension UploadClient {
    /// Uploads bytes that are in memory in one request. It cannot be resumed, but is safe to repeat.
    ///
    /// - Parameter options: Only the capsule, the name, the type and what is derived count.
    /// - Throws: `ClientError`: `checksum_mismatch` if they broke on the way, and as every call.
    public func put(_ bytes: ByteBuffer, options: PutOptions) async throws -> FinishedDocument {
        let digest = bytes.withUnsafeReadableBytes { Digest(of: $0) }
        let key = IdempotencyKey(bytes: Array(newKey().utf8))
        let path = NativePath.blobs(
            name: options.name ?? "bytes", type: options.type, capsule: options.capsule, derive: options.derive)
        var fields = HTTPFields()
        fields[.contentDigest] = ContentDigest.format(digest)
        fields[.idempotencyKey] = IdempotencyKeyField.format(key)
        return try await document(
            FinishedDocument.self, TransportRequest(.post, path, fields: fields, body: .bytes(bytes)))
    }

    /// The SHA-256 of a regular file, as `put` would verify it.
    ///
    /// - Throws: `ClientError` `local_file`, `content_changed`; `CancellationError`.
    public func digest(ofFile path: String) async throws -> String {
        let file = try await LocalFile.open(path, on: pool)
        return try await file.digest(of: 0..<file.identity.size).hex
    }
}
