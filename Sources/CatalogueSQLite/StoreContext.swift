public import UploadCore

/// The store of a catalogue: everything in its directory besides the database. All calls block.
public protocol StoreContext: WriteAdmission {
    /// The size of the database file in bytes; 0 if there is none.
    ///
    /// - Throws: `unavailable`.
    func catalogueSize() throws(UploadError) -> UInt64
    /// Creates the empty database file, for the user of the process alone: SQLite would let others read it. It takes the
    /// mode of the file for that of the log. Idempotent.
    ///
    /// - Throws: `unavailable`, `store_full`.
    func createCatalogue() throws(UploadError)
    /// Whether the store contains objects.
    func holdsObjects() throws(UploadError) -> Bool
    /// Names the boot of the machine; see `FileSystem.bootId`.
    func bootId() -> String
    /// Syncs the store, including unsynced writes of earlier processes.
    func makeDurable() throws(UploadError)
}
