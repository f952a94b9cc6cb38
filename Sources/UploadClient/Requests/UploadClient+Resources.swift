import HTTPTypes
public import NativeWire

extension UploadClient {
    /// How an upload is.
    ///
    /// - Throws: `ClientError` `not_found`, and as every call.
    public func status(_ upload: String) async throws -> UploadDocument {
        try await document(UploadDocument.self, TransportRequest(.get, NativePath.upload(upload)))
    }

    /// Ends an upload and frees its bytes. One that was aborted already is fine.
    ///
    /// - Throws: `ClientError` `committed` for one that has become a blob, `not_found`, and as every call.
    public func abort(_ upload: String) async throws {
        try await done(TransportRequest(.delete, NativePath.upload(upload)))
    }

    /// One page of the caller's own uploads in a capsule, the oldest first.
    ///
    /// - Parameters:
    ///   - capsule: The caller's default capsule where none is named.
    ///   - cursor: `next` of the page before.
    public func uploads(
        capsule: String? = nil, state: UploadDocument.State? = nil, cursor: String? = nil, limit: Int? = nil
    ) async throws -> SessionListDocument {
        let path = NativePath.uploads(capsule: capsule, state: state, cursor: cursor, limit: limit)
        return try await document(SessionListDocument.self, TransportRequest(.get, path))
    }

    /// What is known of a blob without its bytes.
    public func meta(_ blob: String) async throws -> BlobDocument {
        try await document(BlobDocument.self, TransportRequest(.get, NativePath.blobMeta(blob)))
    }

    // MARK: - The steps of an upload

    func begin(_ request: NewUploadDocument, key: String) async throws -> UploadDocument {
        let message = try self.request(.post, NativePath.uploads, request, key: key)
        return try await document(UploadDocument.self, message)
    }

    func finish(_ upload: String, _ finish: FinishDocument) async throws -> FinishedDocument {
        try await document(FinishedDocument.self, request(.post, NativePath.finish(upload), finish))
    }
}
