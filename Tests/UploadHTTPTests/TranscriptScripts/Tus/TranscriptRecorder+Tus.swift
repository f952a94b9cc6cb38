import Testing

/// What a client of tus says.
extension TranscriptRecorder {
    typealias Fields = [(name: String, value: String)]

    /// A request that names the version of the protocol.
    @discardableResult
    func tus(
        _ method: String, _ path: String, by caller: String? = "anna", _ fields: Fields = [], bytes: [UInt8]? = nil,
        framing: ClientRequest.Framing = .contentLength, trailers: Fields = []
    ) async throws -> ClientResponse {
        try await call(
            method, path, by: caller, [("Tus-Resumable", "1.0.0")] + fields, bytes: bytes, framing: framing,
            trailers: trailers)
    }

    /// Creates an upload and returns its path.
    func create(
        at path: String = "/files", by caller: String = "anna", _ fields: Fields, bytes: [UInt8]? = nil
    ) async throws -> String {
        let type: Fields = bytes == nil ? [] : [("Content-Type", TusClient.patchType)]
        let response = try await tus("POST", path, by: caller, fields + type, bytes: bytes)
        return String(try #require(response["Location"]).pathOfURL)
    }

    @discardableResult
    func patch(
        _ upload: String, at offset: Int, _ bytes: [UInt8], by caller: String? = "anna", _ fields: Fields = [],
        framing: ClientRequest.Framing = .contentLength, trailers: Fields = []
    ) async throws -> ClientResponse {
        try await tus(
            "PATCH", upload, by: caller,
            [("Content-Type", TusClient.patchType), ("Upload-Offset", "\(offset)")] + fields, bytes: bytes,
            framing: framing, trailers: trailers)
    }
}
