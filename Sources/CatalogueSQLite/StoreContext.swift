public import UploadCore

/// The store of a catalogue: everything in its directory besides the database. All calls block.
public protocol StoreContext: WriteAdmission {
    /// The size of the database file in bytes; 0 if there is none.
    ///
    /// - Throws: `unavailable`.
    func catalogueSize() throws(UploadError) -> UInt64
    /// Whether the store contains objects.
    func holdsObjects() throws(UploadError) -> Bool
    /// Names the boot of the machine; see `FileSystem.bootId`.
    func bootId() -> String
    /// Syncs the store, including unsynced writes of earlier processes.
    func makeDurable() throws(UploadError)
}
