import Testing

/// What most scripts begin with.
extension TranscriptRecorder {
    /// Makes a capsule and returns its id.
    func makeCapsule(title: String, by caller: String = "anna") async throws -> String {
        let response = try await call("POST", "/v1/capsules", by: caller, json: "{\"title\":\"\(title)\"}")
        return try #require(response.json?["id"]?.text)
    }

    /// Begins an upload and returns its id.
    func begin(
        _ document: String, by caller: String = "anna", _ fields: [(name: String, value: String)] = []
    ) async throws -> String {
        let response = try await call("POST", "/v1/uploads", by: caller, fields, json: document)
        return try #require(response.json?["id"]?.text)
    }

    /// Makes a memory and returns its id.
    func makeMemory(
        _ document: String, in capsule: String, _ fields: [(name: String, value: String)] = []
    ) async throws -> String {
        let response = try await call("POST", "/v1/capsules/\(capsule)/memories", fields, json: document)
        return try #require(response.json?["id"]?.text)
    }

    /// Sends a whole upload and returns the id of the blob.
    func putBlob(
        _ bytes: [UInt8], query: String, by caller: String = "anna", _ fields: [(name: String, value: String)] = []
    ) async throws -> String {
        let response = try await call("POST", "/v1/blobs?\(query)", by: caller, fields, bytes: bytes)
        return try #require(response.json?["blob"]?.text)
    }
}
