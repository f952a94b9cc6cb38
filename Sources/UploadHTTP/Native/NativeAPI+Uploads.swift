import HTTPTypes
import HummingbirdCore
import NIOCore
import NativeWire
import SessionCore
import UploadCore

extension NativeAPI {
    func beginUpload(_ call: AuthenticatedRequest) async throws -> Response {
        let body = try await call.document(NewUploadDocument.self)
        let capsule = try await capsule(named: body.capsule, of: call)
        let request = try body.request(capsule: capsule, key: try call.idempotencyKey())
        let began = try await uploads.beginUpload(request, by: call.principal)
        let isNew = if case .created = began { true } else { false }
        return try .json(
            await document(began.record), status: isNew ? .created : .ok,
            location: NativePath.upload(began.record.id.text))
    }

    func listUploads(_ call: AuthenticatedRequest) async throws -> Response {
        let page = try call.page(max: uploads.limits.pageMax)
        let capsule = try await capsule(named: call.query("capsule"), of: call)
        let records = try await uploads.uploads(
            in: capsule, state: page.state, after: page.cursor, limit: page.limit, by: call.principal)
        return try await list(records, page.limit)
    }

    func getUpload(_ call: AuthenticatedRequest) async throws -> Response {
        try .json(await document(try await uploads.status(of: try call.uploadId(), by: call.principal)))
    }

    func abortUpload(_ call: AuthenticatedRequest) async throws -> Response {
        try await uploads.abort(try call.uploadId(), by: call.principal)
        return .noContent
    }

    /// Streams one chunk into the store. The body is asked for only once the chunk is known to be wanted, and it counts
    /// only as a whole.
    func putChunk(_ call: AuthenticatedRequest) async throws -> Response {
        let digest = try call.contentDigest()
        let writer = try await uploads.openChunk(
            try call.uploadId(), index: try call.chunkIndex(), byteCount: try call.contentLength(),
            isDigested: digest != nil, by: call.principal)
        var byteCount: UInt64 = 0
        do {
            var body = BodyReader(call.request.body)
            while let count = try await body.pass(to: writer) { byteCount += count }
            try await writer.complete(expecting: digest)
        } catch {
            await writer.cancel()
            throw error
        }
        metrics.bytesAcknowledged(byteCount)
        return .noContent
    }

    func finishUpload(_ call: AuthenticatedRequest) async throws -> Response {
        let id = try call.uploadId()
        let body = try await call.document(FinishDocument.self)
        let record = try await timingFinish {
            try await uploads.commit(id, digest: try body.digest(), length: body.length, by: call.principal)
        }
        return try finished(record, status: .ok)
    }

    // MARK: - Documents

    func finished(_ record: UploadRecord, status: HTTPResponse.Status) throws -> Response {
        guard let document = FinishedDocument(record) else {
            throw UploadError(.storeCorrupt(detail: "\(record.id.text) is finished, but not committed"))
        }
        return try .json(
            document, status: status, location: status == .created ? NativePath.blob(document.blob) : nil)
    }

    func list(_ records: [UploadRecord], _ limit: Int) async throws -> Response {
        let next = records.count == limit ? records.last?.id.text : nil
        var sessions: [UploadDocument] = []
        for record in records { sessions.append(try await document(record)) }
        return try .json(SessionListDocument(sessions: sessions, next: next))
    }
}
