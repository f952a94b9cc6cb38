/// The durable facts about capsules, uploads and blobs: the composition of the ports that the engine requires.
///
/// One call is one transaction. Laws for every implementation of these ports, and of those for memories and derivations
/// (checked by `CatalogueContract` in UploadTestKit):
/// - when a call has returned, its effect is as durable as the store promises, and every later call sees it;
/// - a call that throws changed nothing. Only after `unavailable` and `store_full` it is unknown, until the next
///   successful call, whether the change was made; repeating the call then is idempotent;
/// - concurrent calls are atomic with respect to each other;
/// - `AccessCheck` closures are called inside the transaction, and their errors are rethrown.
///
/// A catalogue decides nothing about access; it passes the capsule to the access check.
public protocol Catalogue: UploadCatalogue, BlobCatalogue, CapsuleCatalogue, LinkCatalogue, DownloadCatalogue,
    UsageCatalogue, CatalogueMaintenance
{
    /// Closes the catalogue. Idempotent; do not call anything else afterwards.
    func close() async
}

/// Refuses a caller by throwing. Pure and cheap: a catalogue may call it more than once in a transaction.
public typealias AccessCheck = @Sendable (Capsule) throws(UploadError) -> Void
