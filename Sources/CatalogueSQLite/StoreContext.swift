public import UploadCore

/// The store of a catalogue: everything in its directory besides the database. All calls block.
public protocol StoreContext: WriteAdmission {
    /// Whether the store holds bytes of uploads, to which a catalogue belongs.
    func holdsObjects() throws(UploadError) -> Bool
    /// Makes everything durable that earlier processes wrote to the store.
    func makeDurable() throws(UploadError)
}
