import HTTPTypes
import HummingbirdCore
import NativeWire
import UploadCore

extension NativeAPI {
    func getBlob(_ call: AuthenticatedRequest) async throws -> Response {
        try await download(try call.blobId(), call)
    }

    /// The bytes of a blob, or of parts of it.
    func download(_ id: BlobId, _ call: AuthenticatedRequest) async throws -> Response {
        let blob = try await uploads.blob(id, by: call.principal)
        return try await serve(content(of: blob, call), as: Representation(of: blob), call)
    }

    func getBlobMeta(_ call: AuthenticatedRequest) async throws -> Response {
        try .json(BlobDocument(try await uploads.blob(try call.blobId(), by: call.principal)))
    }

    func getBlobChunk(_ call: AuthenticatedRequest) async throws -> Response {
        let blob = try await uploads.blob(try call.blobId(), by: call.principal)
        let range = try blob.chunkRange(try call.chunkIndex())
        let fields: HTTPFields = [.contentType: "application/octet-stream", .xContentTypeOptions: "nosniff"]
        return try await answer(content(of: blob, call), range, status: .ok, fields, call)
    }

    func deleteBlob(_ call: AuthenticatedRequest) async throws -> Response {
        try await uploads.deleteBlob(try call.blobId(), by: call.principal)
        return .noContent
    }

    private func content(of blob: Blob, _ call: AuthenticatedRequest) -> DownloadContent<Store, Blobs, Time> {
        .blob(
            BlobContent(
                uploads: uploads, blob: blob, files: files, requestChannel: call.requestChannel, metrics: metrics))
    }
}
