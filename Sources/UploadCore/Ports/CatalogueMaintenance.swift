public import SessionCore

/// The operations of the store check and its repairs on a catalogue.
///
/// Laws, besides those of `Catalogue`: see `CatalogueContract.Port.maintenance`.
public protocol CatalogueMaintenance: Sendable {
    /// Checks that the storage takes new bytes, with its present state.
    ///
    /// - Throws: `store_full`; `unavailable` if it takes no changes at all.
    func requireWritable() async throws(UploadError)
    /// Gives space that deletions freed back to the file system, and overwrites the last copies of deleted rows. Other
    /// calls are served meanwhile. May leave some of the work to the next call, all of it on a full disk.
    func compact() async throws(UploadError)
    /// The inconsistencies within the catalogue, in words for the operator. Reads everything.
    func problems() async throws(UploadError) -> [String]
    /// Marks pieces of a pending upload as missing: chunks with bytes at or past `size`; an append's offset is lowered
    /// to it. For repair only.
    func forgetPieces(of id: SessionId, past size: UInt64) async throws(UploadError)
}
