import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore
import UploadDerivation
import UploadTransfer

/// Uploads in chunks, and whole ones in one request.
extension NativeAPI {
    func beginUpload(_ request: AuthenticatedRequest) async throws -> Response {
        let body = try await request.document(NewUploadDocument.self)
        let capsule = try await capsule(named: body.capsule, of: request)
        let began = try await uploads.beginUpload(
            try body.request(capsule: capsule, key: try request.idempotencyKey()), by: request.principal)
        return try .json(
            await document(began.record), status: began.isNew ? .created : .ok,
            location: NativePath.upload(began.record.id.text))
    }

    func listUploads(_ request: AuthenticatedRequest) async throws -> Response {
        let page = try request.page(max: uploads.limits.pageMax)
        let capsule = try await capsule(named: request.query("capsule"), of: request)
        let listed = try await uploads.uploads(
            in: capsule, ofAll: try UploaderQuery.isOfAll(request.query("of")), state: page.state, after: page.cursor,
            limit: page.limit, by: request.principal)
        return try list(listed, page.limit)
    }

    func getUpload(_ request: AuthenticatedRequest) async throws -> Response {
        try .json(await document(try await uploads.status(of: try request.uploadId(), by: request.principal)))
    }

    func abortUpload(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try request.uploadId()
        try await uploads.abort(id, by: request.principal)
        request.audit.log(.uploadDeleted(id))
        return .noContent
    }

    func putChunk(_ request: AuthenticatedRequest) async throws -> Response {
        let digest = try request.contentDigest()
        try await transfer.receiveChunk(
            request.request.body, index: try request.chunkIndex(), of: try request.uploadId(),
            byteCount: try request.contentLength(), digest: digest, by: request.principal)
        return .noContent
    }

    func finishUpload(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try request.uploadId()
        let body = try await request.document(FinishDocument.self)
        let digest = try body.digest()
        // May read all bytes.
        let record = try await request.channel.whileConnected { [transfer] in
            try await transfer.commit(id, digest: digest, length: body.length, by: request.principal)
        }
        return try finished(record, status: .ok)
    }

    /// `POST /v1/blobs`.
    func putBlob(_ request: AuthenticatedRequest) async throws -> Response {
        let upload = BeginRequest(
            capsule: try await capsule(named: request.query("capsule"), of: request),
            asset: AssetMetadata(name: request.query("name") ?? "", contentType: try contentType(of: request)),
            length: try request.contentLength(), expectedDigest: try request.contentDigest(),
            idempotencyKey: try request.idempotencyKey(), derivation: try RecipeChoice(derive: request.query("derive")))
        let began = try await transfer.receiveWhole(
            request.request.body, upload, accessCheck: request.fields[.expect] == nil ? .inTransaction : .beforeBody,
            by: request.principal)
        return try finished(began.record, status: began.isNew ? .created : .ok)
    }

    /// The type in the query or the header. Ignores the type that forms and `curl` send by default.
    private func contentType(of request: AuthenticatedRequest) throws(UploadError) -> String {
        if let type = request.query("type"), !type.isEmpty { return try MediaType(type).text }
        let field = request.fields[.contentType] ?? ""
        if field.isEmpty || field.lowercased().hasPrefix("application/x-www-form-urlencoded") {
            return MediaType.octetStream.text
        }
        return try MediaType(field, argument: "Content-Type").text
    }

    private func finished(_ record: UploadRecord, status: HTTPResponse.Status) throws -> Response {
        guard let document = FinishedDocument(record) else {
            throw UploadError(.storeCorrupt(detail: "\(record.id.text) is finished, but not committed"))
        }
        return try .json(
            document, status: status, location: status == .created ? NativePath.blob(document.blob) : nil)
    }
}

// MARK: - Blobs

extension NativeAPI {
    func getBlob(_ request: AuthenticatedRequest) async throws -> Response {
        try await downloads.respond(with: try request.blobId(), to: request)
    }

    func getBlobMeta(_ request: AuthenticatedRequest) async throws -> Response {
        try .json(BlobDocument(try await uploads.blob(try request.blobId(), by: request.principal)))
    }

    func getBlobChunk(_ request: AuthenticatedRequest) async throws -> Response {
        let (blob, download) = try await transfer.openDownload(try request.blobId(), by: request.principal)
        let range = try blob.chunkRange(try request.chunkIndex())
        let fields: HTTPFields = [.contentType: "application/octet-stream", .xContentTypeOptions: "nosniff"]
        return try await downloads.respond(with: download, range, status: .ok, fields, to: request)
    }

    func deleteBlob(_ request: AuthenticatedRequest) async throws -> Response {
        let id = try request.blobId()
        try await uploads.deleteBlob(id, by: request.principal)
        request.audit.log(.blobDeleted(id))
        return .noContent
    }
}

extension Began {
    fileprivate var isNew: Bool {
        if case .created = self { true } else { false }
    }
}
