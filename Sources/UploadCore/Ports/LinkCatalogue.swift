public import SessionCore

/// The durable facts about upload links.
///
/// Laws, besides those of `Catalogue` (checked by `CatalogueContract.Port.links`):
/// - the bearers of a link are an uploader of its capsule (`Capsule.uploaders`) from its creation to its removal;
/// - an upload that begins with `UploadDraft.link` counts in `LinkUsage` until the transaction that ends or deletes it; one
///   beyond a limit of the link is refused, also beside concurrent calls.
public protocol LinkCatalogue: Sendable {
    /// The secret of the store, which never changes.
    func linkSecret() async throws(UploadError) -> LinkSecret

    /// - Parameters:
    ///   - linksMax: The limit on links of the capsule, this one included.
    ///   - membersMax: The limit on members of all capsules of the owner, this one included.
    /// - Throws: `not_found` (capsule), the errors of `checkAccess`, `already_exists`, `too_large` (links, members).
    func createLink(
        _ link: UploadLink, linksMax: UInt64, membersMax: UInt64, checkAccess: @escaping AccessCheck
    ) async throws(UploadError)

    /// The links of a capsule, in the order of their ids.
    ///
    /// - Throws: `not_found` (capsule), the errors of `checkAccess`.
    func links(in capsule: CapsuleId, checkAccess: @escaping AccessCheck) async throws(UploadError) -> [LinkStatus]

    /// nil if it does not exist.
    func link(_ id: LinkId) async throws(UploadError) -> LinkStatus?

    /// Removes a link. Its uploads stay; its bearers can no longer continue them.
    ///
    /// - Throws: `not_found` (capsule, link), the errors of `checkAccess`.
    func removeLink(
        _ id: LinkId, from capsule: CapsuleId, checkAccess: @escaping AccessCheck
    ) async throws(UploadError)

    /// Removes the links that expired before `time`, the earliest first.
    ///
    /// - Returns: The number of removed links, at most `limit`; fewer only if there are no others.
    func removeLinks(expiredBefore time: Timestamp, limit: Int) async throws(UploadError) -> Int
}
