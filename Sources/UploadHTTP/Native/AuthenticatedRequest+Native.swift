import HTTPTypes
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

    /// The JSON document of the body. Members that it does not have are warnings, or an error for a strict client.
    ///
    /// - Throws: 415, `too_large`, `invalid_argument`.
    func document<Document: RequestDocument>(_ type: Document.Type) async throws -> Document {
        try read(type, try await json(atMost: limits.documentBytesMax))
    }

    /// `modified_at` in the query: the file's own time.
    func modifiedAt() throws(UploadError) -> Timestamp? {
        guard let text = query("modified_at") else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw UploadError(.invalidArgument("modified_at", "must be an RFC 3339 time"))
        }
        return time
    }

    /// `derive` and `companions` in the query.
    func recipeChoice() throws(UploadError) -> RecipeChoice {
        try RecipeChoice(derive: query("derive"), companionsText: query("companions"))
    }

    /// The type in the query or the header. Ignores the type that forms and `curl` send by default.
    func declaredType() throws(UploadError) -> String {
        if let type = query("type"), !type.isEmpty { return try MediaType(type).text }
        let field = fields.value(of: .contentType) ?? ""
        if field.isEmpty || field.lowercased().hasPrefix(MediaType.urlEncodedForm) { return MediaType.octetStream.text }
        return try MediaType(field, argument: "Content-Type").text
    }

    /// A JSON document that may have inline assets or many entries. A large one is decoded off the event loop.
    ///
    /// - Throws: 415, `too_large`, `invalid_argument`.
    func largeDocument<Document: RequestDocument & Sendable>(_ type: Document.Type) async throws -> Document {
        let bytes = try await json(atMost: limits.memoryDocumentBytesMax)
        guard bytes.count > limits.documentBytesMax else { return try read(type, bytes) }
        return try await NIOThreadPool.singleton.runIfActive { try self.read(type, bytes) }
    }

    func read<Document: RequestDocument>(_ type: Document.Type, _ bytes: [UInt8]) throws(UploadError)
        -> Document
    {
        try NativeJSON.decodeRequest(type, from: bytes) { unknown throws(UploadError) in
            guard try !isStrict() else { throw UploadError(.invalidArgument(unknown[0], "is unknown")) }
            for member in unknown { warnings.add("unknown member \(member.prefix(100))") }
        }
    }

    /// Whether unknown members are an error: `?strict`, or `Prefer: handling=strict` (RFC 7240, section 4.4).
    private func isStrict() throws(UploadError) -> Bool {
        switch query("strict") {
        case "", "true": return true
        case "false": return false
        case nil: break
        default: throw UploadError(.invalidArgument("strict", "must be “true” or “false”"))
        }
        return fields[values: .prefer].contains { value in
            value.split(separator: ",").contains { $0.trimmingBlanks.lowercased() == "handling=strict" }
        }
    }

    /// The body of a request that takes JSON. An empty one needs no type.
    private func json(atMost maximum: Int) async throws -> [UInt8] {
        let bytes = try await body(atMost: maximum)
        guard bytes.isEmpty || JSONContentType.isDeclared(in: fields) else { throw RequestFailure.jsonRequired }
        return bytes
    }
}
