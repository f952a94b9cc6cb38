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
        let issued = try await uploads.issueTicket(for: grant)
        let size = body.archive == nil ? archive.blobs[0].size : archive.size
        return try .json(
            DownloadDocument(ticket: issued.ticket.text, size: size, expiresAt: WireTime(issued.expiresAt)),
            status: .created, location: NativePath.download(issued.ticket.text))
    }

    /// `GET /v1/downloads/{ticket}`.
    func getDownload(_ request: AuthenticatedRequest) async throws -> Response {
        guard let ticket = DownloadTicket(text: request.parameter("ticket") ?? "") else {
            throw UploadError(.notFound(.download))
        }
        let grant = try await uploads.grant(of: ticket)
        guard let name = grant.archive else {
            return try await downloads.respond(with: grant.blobs[0], by: grant.principal, to: request)
        }
        let archive = try await downloads.archive(grant.blobs, by: grant.principal)
        if request.request.method == .get { try await uploads.useUp(ticket) }
        return downloads.respond(with: archive, named: name, to: request)
    }
}
