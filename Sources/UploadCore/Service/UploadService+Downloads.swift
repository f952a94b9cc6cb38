public import SessionCore

/// Downloads that a browser makes by itself, with a ticket in place of the caller's token.
extension UploadService {
    /// Issues a ticket for a download. It is valid for `DownloadTicket.lifetimeMilliseconds`, through every engine over
    /// the catalogue. The access to the blobs is the business of the caller of this function, now and when the download
    /// begins.
    ///
    /// - Throws: `too_many`, `too_large` (the name of the archive), `invalid_argument` (that name), `unavailable`.
    public func issueTicket(
        for grant: DownloadGrant
    ) async throws(UploadError) -> (ticket: DownloadTicket, expiresAt: Timestamp) {
        if let name = grant.archive { try Limits.require(name, atMost: limits.nameBytesMax, .nameBytes) }
        let (ticket, now) = (DownloadTicket.random(), now())
        let lifetime = DownloadTicket.lifetimeMilliseconds
        try await catalogue.createDownload(
            grant, key: ticket.key, lifetimeMilliseconds: lifetime, callerMax: max(1, limits.downloadTicketsMax / 8),
            totalMax: limits.downloadTicketsMax, at: now)
        return (ticket, now.advanced(byMilliseconds: lifetime))
    }

    /// The grant of a ticket.
    ///
    /// - Throws: `not_found` for one that is unknown, used or expired.
    public func grant(of ticket: DownloadTicket) async throws(UploadError) -> DownloadGrant {
        guard let grant = try await catalogue.download(ticket.key, at: now()) else {
            throw UploadError(.notFound(.download))
        }
        return grant
    }

    /// Ends a ticket that is used once.
    ///
    /// - Throws: `not_found` for one that is unknown, used or expired.
    public func useUp(_ ticket: DownloadTicket) async throws(UploadError) {
        guard try await catalogue.endDownload(ticket.key, at: now()) else { throw UploadError(.notFound(.download)) }
    }
}
