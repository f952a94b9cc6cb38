/// Decides whether the storage of a store takes new bytes. The catalogue and the blob store ask before they write, so
/// that space remains for ends and deletions, which free more.
///
/// Calls may block: make them on threads that may.
public protocol WriteAdmission: Sendable {
    /// Admits any change.
    ///
    /// - Throws: `unavailable` if the storage is no longer the one that was opened.
    func requireInPlace() throws(UploadError)

    /// Admits new bytes.
    ///
    /// - Throws: As `requireInPlace`; `store_full` if less free space would remain than `Limits.freeBytesMin`.
    func requireRoom(for byteCount: Int) throws(UploadError)

    /// Gives up the space reserved for ends and deletions. It is reserved again once there is room.
    ///
    /// - Returns: Whether there was any.
    func releaseReserve() -> Bool
}
