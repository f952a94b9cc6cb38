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
            request.uploadBody, index: try request.chunkIndex(), of: try request.uploadId(),
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

    func finished(_ record: UploadRecord, status: HTTPResponse.Status) throws -> Response {
        guard let document = FinishedDocument(record) else {
            throw UploadError(.storeCorrupt(detail: "\(record.id.text) is finished, but not committed"))
        }
        return try .json(
            document, status: status, location: status == .created ? NativePath.blob(document.blob) : nil)
    }
}
