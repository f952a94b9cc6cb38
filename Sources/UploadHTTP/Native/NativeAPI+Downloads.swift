import HTTPTypes
import HTTPWire
import HummingbirdCore
import NativeWire
import SessionCore
import UploadCore

/// Downloads that a browser makes by itself: an archive of several blobs, and a film that is played.
extension NativeAPI {
    /// `POST /v1/downloads`.
    func createDownload(_ request: AuthenticatedRequest) async throws -> Response {
        let body = try await request.largeDocument(NewDownloadDocument.self)
        try Limits.require(UInt64(body.blobs.count), atMost: uploads.limits.downloadEntriesMax, .downloadEntries)
        let ids = try body.ids()
        // Now as well as at the download, whose browser shows no reason.
        let archive = try await downloads.archive(ids, by: request.principal)
        let grant = DownloadGrant(blobs: ids, archive: body.archive, principal: request.principal)
        let issued = try tickets.issue(grant, at: uploads.now())
        let size = body.archive == nil ? archive.blobs[0].size : archive.size
        return try .json(
            DownloadDocument(ticket: issued.id, size: size, expiresAt: WireTime(issued.expiresAt)), status: .created,
            location: NativePath.download(issued.id))
    }

    /// `GET /v1/downloads/{ticket}`.
    func getDownload(_ request: AuthenticatedRequest) async throws -> Response {
        let isUse = request.request.method == .get
        guard let grant = tickets.grant(request.parameter("ticket") ?? "", isUse: isUse, at: uploads.now()) else {
            throw UploadError(.notFound(.download))
        }
        guard let name = grant.archive else {
            return try await downloads.respond(with: grant.blobs[0], by: grant.principal, to: request)
        }
        let archive = try await downloads.archive(grant.blobs, by: grant.principal)
        return downloads.respond(with: archive, named: name, to: request)
    }
}
