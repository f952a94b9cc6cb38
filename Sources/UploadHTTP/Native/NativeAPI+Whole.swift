import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore
import UploadDerivation
import UploadTransfer

/// Whole uploads in one request: the body is the file, or a form with files.
extension NativeAPI {
    /// `POST /v1/blobs`.
    func putBlob(_ request: AuthenticatedRequest) async throws -> Response {
        let form = request.fields.value(of: .contentType) ?? ""
        if MultipartParser.isForm(form) { return try await putForm(request, form) }
        let began = try await transfer.receiveWhole(
            request.uploadBody, beginRequest(of: request),
            accessCheck: !request.fields.contains(.expect) ? .inTransaction : .beforeBody, by: request.principal)
        return try finished(began.record, status: began.isNew ? .created : .ok)
    }

    /// The upload that a body is. Not inlined: its frame ends before the body is waited for.
    @inline(never)
    private func beginRequest(of request: AuthenticatedRequest) async throws -> BeginRequest {
        BeginRequest(
            capsule: try await capsule(named: request.query("capsule"), of: request),
            asset: AssetMetadata(
                name: request.query("name") ?? "", contentType: try request.declaredType(),
                modifiedAt: try request.modifiedAt()),
            length: try request.contentLength(), expectedDigest: try request.contentDigest(),
            idempotencyKey: try request.idempotencyKey(), derivation: try request.recipeChoice())
    }

    /// Stores the file of a form. Its name and type are those of the part, unless the query has others.
    @inline(never)
    private func putForm(_ request: AuthenticatedRequest, _ contentType: String) async throws -> Response {
        guard try request.contentDigest() == nil else {
            throw UploadError(
                .invalidArgument("Content-Digest", "of a form would be that of the form, not of its file"))
        }
        let parts = try MultipartReader(request.request.body, contentType: contentType)
        var part = try await parts.next()
        while let other = part, other.fileName == nil { part = try await parts.next() }
        guard let part else { throw UploadError(.invalidArgument("body", "is a form without a file")) }
        let type = request.query("type").flatMap { $0.isEmpty ? nil : $0 }
        let upload = BeginRequest(
            capsule: try await capsule(named: request.query("capsule"), of: request),
            asset: AssetMetadata(
                name: request.query("name") ?? part.fileName ?? "",
                contentType: try MediaType(type ?? part.contentType ?? MediaType.octetStream.text).text,
                modifiedAt: try request.modifiedAt()),
            idempotencyKey: try request.idempotencyKey(), derivation: try request.recipeChoice())
        let began = try await transfer.receiveWhole(
            parts.bytes, upload, accessCheck: .beforeBody, by: request.principal)
        do {
            while let other = try await parts.next() {
                guard other.fileName == nil else {
                    throw UploadError(
                        .invalidArgument("body", "has several files; send them to \(NativePath.batch()) instead"))
                }
            }
        } catch {
            // The request fails, so nothing of it may stay. A repeated one has stored its file before.
            if began.isNew { try? await uploads.deleteBlob(BlobId(began.record.id), by: request.principal) }
            throw error
        }
        return try finished(began.record, status: began.isNew ? .created : .ok)
    }
}
