public import SessionCore

/// The prepared downloads, which any engine over the catalogue serves.
///
/// Laws, besides those of `Catalogue` (checked by `CatalogueContract.Port.downloads`):
/// - they need not survive the end of all engines over the catalogue: a caller asks for another ticket;
/// - each ends when its lifetime is over. A catalogue that several engines share measures it with a clock of its own, since
///   theirs differ; others take `now`;
/// - the limits hold beside concurrent calls, and of concurrent calls that end a download one returns true.
public protocol DownloadCatalogue: Sendable {
    /// Keeps a grant. If its principal has `callerMax` prepared downloads already, the oldest gives way.
    ///
    /// - Parameters:
    ///   - key: `DownloadTicket.key`.
    ///   - totalMax: The limit for all principals.
    /// - Throws: `too_many` (`downloadTickets`).
    func createDownload(
        _ grant: DownloadGrant, key: Digest, lifetimeMilliseconds: Int64, callerMax: UInt64, totalMax: UInt64,
        at now: Timestamp
    ) async throws(UploadError)

    /// nil for one that is unknown, ended or expired.
    func download(_ key: Digest, at now: Timestamp) async throws(UploadError) -> DownloadGrant?

    /// - Returns: Whether `download` would have found it.
    func endDownload(_ key: Digest, at now: Timestamp) async throws(UploadError) -> Bool
}
