public import UploadCore

/// The store of a catalogue: everything in its directory besides the database. All calls block.
public protocol StoreContext: WriteAdmission {
    /// Whether the store contains objects.
    func holdsObjects() throws(UploadError) -> Bool
    /// Syncs the store, including unsynced writes of earlier processes.
    func makeDurable() throws(UploadError)
}
