/// What principals use, as sums that change in the same transaction as what they count.
///
/// Laws, besides those of `Catalogue` (checked by `CatalogueContract.Port.usage`):
/// - `Usage` says what counts, and until when;
/// - a call that would exceed a limit of its `Allowance` is refused and changes nothing, also beside concurrent calls; a
///   call that adds nothing is never refused for a quota;
/// - the cost of a call does not depend on the number of uploads.
public protocol UsageCatalogue: Sendable {
    /// Zeros for an unknown principal.
    func usage(of principal: Principal) async throws(UploadError) -> Usage

    /// The principals that own capsules or have pending uploads, in the order of their names.
    func usages(after principal: Principal?, limit: Int) async throws(UploadError) -> [PrincipalUsage]

    /// The sums over all principals. The cost grows with the number of principals.
    func totalUsage() async throws(UploadError) -> Usage
}
