import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import NativeWire
import SessionCore
import UploadCore

/// One request to one operation, by a known caller.
struct AuthenticatedRequest: Sendable {
    let request: Request
    let parameters: Parameters
    let requestChannel: any RequestChannel
    let caller: Caller
    let limits: HTTPLimits

    var principal: Principal { caller.principal }
    var fields: HTTPFields { request.headers }

    // MARK: What the path names. An id that is none names nothing.

    func uploadId() throws(UploadError) -> SessionId {
        guard let id = SessionId(text: parameters.get("upload") ?? "") else { throw UploadError(.notFound(.upload)) }
        return id
    }

    func blobId() throws(UploadError) -> BlobId {
        guard let id = BlobId(text: parameters.get("blob") ?? "") else { throw UploadError(.notFound(.blob)) }
        return id
    }

    func memoryId() throws(UploadError) -> MemoryId {
        guard let id = MemoryId(text: parameters.get("memory") ?? "") else { throw UploadError(.notFound(.memory)) }
        return id
    }

    static func capsuleId(_ text: String) throws(UploadError) -> CapsuleId {
        guard let id = CapsuleId(text: text) else { throw UploadError(.notFound(.capsule)) }
        return id
    }

    func chunkIndex() throws(UploadError) -> UInt64 {
        let text = parameters.get("index") ?? ""
        // Swift reads signs too.
        guard let index = UInt64(text), text.first?.isNumber ?? false else {
            throw UploadError(.invalidArgument("index", "is not a number"))
        }
        return index
    }

    // MARK: What the query says

    func query(_ name: String) -> String? {
        request.uri.queryParameters[Substring(name)].map(String.init)
    }

    /// Which page of a list is asked for.
    func page(max pageMax: Int) throws(UploadError) -> PageQuery {
        var page = try PageQuery { query($0) }
        page.limit = min(page.limit, pageMax)
        return page
    }

    /// Whether something that hangs on what is deleted is deleted too: `?assets=delete`.
    func deletes(_ name: String) throws(UploadError) -> Bool {
        guard let value = query(name) else { return false }
        guard value == "delete" else { throw UploadError(.invalidArgument(name, "must be “delete”")) }
        return true
    }

    // MARK: What the header says

    func contentLength() throws(UploadError) -> UInt64? {
        guard let text = fields[.contentLength] else { return nil }
        guard let length = UInt64(text) else {
            throw UploadError(.invalidArgument("Content-Length", "is not a number of bytes"))
        }
        return length
    }

    func contentDigest() throws(UploadError) -> Digest? {
        try ContentDigest.parse(fields)
    }

    func idempotencyKey() throws(UploadError) -> IdempotencyKey? {
        try IdempotencyKeyField.parse(fields)
    }

    // MARK: What the body says

    /// The JSON document of a request.
    ///
    /// - Throws: `too_large`, `invalid_argument`.
    func document<Document: Decodable>(_ type: Document.Type) async throws -> Document {
        try NativeJSON.decode(type, from: try await body(atMost: limits.documentBytesMax))
    }

    /// The whole body.
    ///
    /// - Throws: `too_large`, `invalid_argument`.
    func body(atMost maximum: Int) async throws -> [UInt8] {
        let tooLarge = Problem.contentTooLarge(maximum: UInt64(maximum))
        if let length = try contentLength(), length > maximum { throw tooLarge }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= maximum else { throw tooLarge }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }
}
