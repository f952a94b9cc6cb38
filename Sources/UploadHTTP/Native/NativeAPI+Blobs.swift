import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore
import UploadDerivation
import UploadTransfer

/// Blobs, and bytes that need not be sent again.
extension NativeAPI {
    func listBlobs(_ request: AuthenticatedRequest) async throws -> Response {
        let page = try request.page(max: uploads.limits.pageMax)
        let filter = try BlobListQuery.filter(try await capsule(named: request.query("capsule"), of: request)) {
            request.query($0)
        }
        let found = try await uploads.blobs(filter, after: page.cursor, limit: page.limit, by: request.principal)
        return try .json(BlobListDocument(blobs: found.blobs.map { BlobDocument($0) }, next: found.next?.text))
    }

    /// `POST /v1/blobs/lookup`.
    func findBlobs(_ request: AuthenticatedRequest) async throws -> Response {
        let body = try await request.largeDocument(BlobLookupDocument.self)
        let found = try await uploads.blobs(
            withDigests: try body.digests(), in: try await capsule(named: body.capsule, of: request),
            by: request.principal)
        return try .json(BlobListDocument(blobs: found.map { BlobDocument($0) }))
    }

    func copyBlob(_ request: AuthenticatedRequest) async throws -> Response {
        let source = try request.blobId()
        let body = try await request.document(BlobCopyDocument.self)
        let type = if let type = body.type { try MediaType(type).text } else { nil as String? }
        let capsule = try await capsule(named: body.capsule, of: request)
        let original = try await uploads.summary(of: source, by: request.principal)
        let copy = BeginRequest(
            capsule: capsule,
            asset: AssetMetadata(
                name: body.name, contentType: type ?? original.asset.contentType,
                modifiedAt: body.modifiedAt?.timestamp),
            idempotencyKey: try request.idempotencyKey(),
            derivation: try RecipeChoice(derive: body.derive, companions: body.companions))
        let began = try await uploads.copy(source, copy, by: request.principal)
        return try finished(began.record, status: began.isNew ? .created : .ok)
    }

    func getBlob(_ request: AuthenticatedRequest) async throws -> Response {
        try await downloads.respond(with: try request.blobId(), to: request)
    }

    func getBlobMeta(_ request: AuthenticatedRequest) async throws -> Response {
        try .json(BlobDocument(try await uploads.summary(of: try request.blobId(), by: request.principal)))
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
    var isNew: Bool {
        if case .created = self { true } else { false }
    }
}
