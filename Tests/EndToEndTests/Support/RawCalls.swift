import HTTPTypes
import HTTPWire
import NativeWire
import NIOCore
import UploadClient

/// Single requests to the native API, without retries, with the raw responses.
struct RawCalls: Sendable {
    let transport: any UploadTransport

    struct Answer: Sendable {
        let status: Int
        let fields: HTTPFields
        let body: ByteBuffer

        func document<Document: Decodable>(_ type: Document.Type) throws -> Document {
            try NativeJSON.decode(type, from: Array(buffer: body))
        }
    }

    /// - Throws: `TransportError` if no complete response arrived.
    func send(
        _ method: HTTPRequest.Method, _ path: String, _ body: TransportRequest.Body = .none, key: String? = nil,
        fields: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = fields
        if let key { fields[.idempotencyKey] = "\"\(key)\"" }
        let response = try await transport.send(TransportRequest(method, path, fields: fields, body: body))
        var received = ByteBuffer()
        for try await piece in response.body { received.writeImmutableBuffer(piece) }
        return Answer(status: response.status.code, fields: response.fields, body: received)
    }

    func begin(_ document: NewUploadDocument, key: String? = nil) async throws -> Answer {
        try await send(.post, NativePath.uploads, try Self.body(document), key: key, fields: Self.json)
    }

    func putChunk(_ index: Int, of upload: String, _ bytes: ByteBuffer) async throws -> Answer {
        try await send(.put, NativePath.chunk(UInt64(index), ofUpload: upload), .bytes(bytes))
    }

    func status(_ upload: String) async throws -> Answer { try await send(.get, NativePath.upload(upload)) }
    func abort(_ upload: String) async throws -> Answer { try await send(.delete, NativePath.upload(upload)) }

    func finish(_ upload: String, _ document: FinishDocument) async throws -> Answer {
        try await send(.post, NativePath.finish(upload), try Self.body(document), fields: Self.json)
    }

    func putWhole(_ content: Content, name: String, key: String) async throws -> Answer {
        try await send(.post, NativePath.blobs(name: name), .bytes(content.buffer), key: key)
    }

    func makeMemory(_ document: NewMemoryDocument, key: String) async throws -> Answer {
        try await send(
            .post, NativePath.memories(in: NativePath.defaultCapsule), try Self.body(document), key: key,
            fields: Self.json)
    }

    func read(_ blob: String, _ range: Range<Int>) async throws -> Answer {
        try await send(
            .get, NativePath.blob(blob), fields: [.range: "bytes=\(range.lowerBound)-\(range.upperBound - 1)"])
    }

    private static let json: HTTPFields = [.contentType: "application/json"]

    private static func body(_ document: some Encodable) throws -> TransportRequest.Body {
        .bytes(ByteBuffer(bytes: try NativeJSON.encode(document)))
    }
}
