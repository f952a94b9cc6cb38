import NativeWire
import Testing
import UploadCore

/// The native API as a client calls it, where nothing but success will do.
struct APIClient: Sendable {
    /// An answer that is no success.
    struct Refused: Error {
        let status: Int
        let code: String?
        let text: String
    }

    let transport: any Transport
    /// Whose token is sent.
    let caller: String?

    init(over transport: any Transport, as caller: String? = nil) {
        self.transport = transport
        self.caller = caller
    }

    @discardableResult
    func call(
        _ method: String, _ path: String, key: String? = nil, json: String? = nil, bytes: [UInt8]? = nil
    ) async throws -> ClientResponse {
        var fields = caller.map { [TestCallers.authorization(of: $0)] } ?? []
        if let key { fields.append(("Idempotency-Key", key)) }
        let body = json.map { Array($0.utf8) } ?? bytes
        let response = try await transport.send(ClientRequest(method, path, fields: fields, body: body))
        guard (200..<300).contains(response.status) else {
            throw Refused(status: response.status, code: response.code, text: response.text)
        }
        return response
    }

    func makeCapsule() async throws -> String {
        try await call("POST", NativePath.capsules).document(CapsuleDocument.self).id
    }

    func begin(
        _ document: NewUploadDocument, key: String? = nil
    ) async throws -> UploadDocument {
        let json = String(decoding: try NativeJSON.encode(document), as: UTF8.self)
        return try await call("POST", NativePath.uploads, key: key, json: json).document(UploadDocument.self)
    }

    func begin(name: String, length: Int, chunkSize: Int, key: String? = nil) async throws -> UploadDocument {
        try await begin(
            NewUploadDocument(name: name, length: UInt64(length), chunkSize: UInt64(chunkSize)), key: key)
    }

    func putChunk(_ index: Int, of upload: String, _ bytes: [UInt8]) async throws {
        try await call("PUT", NativePath.chunk(UInt64(index), ofUpload: upload), bytes: bytes)
    }

    func status(of upload: String) async throws -> UploadDocument {
        try await call("GET", NativePath.upload(upload)).document(UploadDocument.self)
    }

    func finish(_ upload: String, expecting bytes: [UInt8]) async throws -> FinishedDocument {
        let json = "{\"sha256\":\"\(Digest(of: bytes).hex)\",\"length\":\(bytes.count)}"
        return try await call("POST", NativePath.finish(upload), json: json).document(FinishedDocument.self)
    }

    func abort(_ upload: String) async throws {
        try await call("DELETE", NativePath.upload(upload))
    }

    func putBlob(_ bytes: [UInt8], name: String = "blob", key: String? = nil) async throws -> FinishedDocument {
        try await call("POST", NativePath.blobs(name: name), key: key, bytes: bytes).document(FinishedDocument.self)
    }

    func bytes(of blob: String) async throws -> [UInt8] {
        try await call("GET", NativePath.blob(blob)).body
    }

    /// Begins, sends all chunks in order, and finishes.
    func upload(_ bytes: [UInt8], name: String, chunkSize: Int, key: String? = nil) async throws -> FinishedDocument {
        let upload = try await begin(name: name, length: bytes.count, chunkSize: chunkSize, key: key)
        for (index, chunk) in bytes.chunked(by: chunkSize).enumerated() {
            try await putChunk(index, of: upload.id, chunk)
        }
        return try await finish(upload.id, expecting: bytes)
    }
}

extension [UInt8] {
    func chunked(by size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min(count, $0 + size)]) }
    }
}
