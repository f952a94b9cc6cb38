import HTTPWire
import HummingbirdCore
import NativeWire
import NIOPosix
import SessionCore
import UploadCore
import UploadMemories

/// Parts of a request that only the native API has.
extension AuthenticatedRequest {
    func memoryId() throws(UploadError) -> MemoryId {
        guard let id = MemoryId(text: parameter("memory") ?? "") else { throw UploadError(.notFound(.memory)) }
        return id
    }

    func chunkIndex() throws(UploadError) -> UInt64 {
        let text = parameter("index") ?? ""
        // `UInt64(_:)` also accepts a sign.
        guard let index = UInt64(text), text.first?.isNumber ?? false else {
            throw UploadError(.invalidArgument("index", "is not a number"))
        }
        return index
    }

    /// The page of a list in the query.
    func page(max pageMax: Int) throws(UploadError) -> PageQuery {
        var page = try PageQuery { query($0) }
        page.limit = min(page.limit, pageMax)
        return page
    }

    /// Whether the query asks for the deletion of dependents: `?assets=delete`.
    func deletes(_ name: String) throws(UploadError) -> Bool {
        guard let value = query(name) else { return false }
        guard value == "delete" else { throw UploadError(.invalidArgument(name, "must be “delete”")) }
        return true
    }

    func contentDigest() throws(UploadError) -> Digest? { try ContentDigest.parse(fields) }

    func idempotencyKey() throws(UploadError) -> IdempotencyKey? { try IdempotencyKeyField.parse(fields) }

    /// The JSON document of the body.
    ///
    /// - Throws: `too_large`, `invalid_argument`.
    func document<Document: Decodable>(_ type: Document.Type) async throws -> Document {
        try NativeJSON.decode(type, from: try await body(atMost: limits.documentBytesMax))
    }

    /// A JSON document that may have inline assets. A large one is decoded off the event loop.
    ///
    /// - Throws: `too_large`, `invalid_argument`.
    func memoryDocument<Document: Decodable & Sendable>(_ type: Document.Type) async throws -> Document {
        let bytes = try await body(atMost: limits.memoryDocumentBytesMax)
        guard bytes.count > limits.documentBytesMax else { return try NativeJSON.decode(type, from: bytes) }
        return try await NIOThreadPool.singleton.runIfActive { try NativeJSON.decode(type, from: bytes) }
    }
}
