/// Optional for blob stores that keep objects in files: opens them for transports that let the kernel send a file,
/// without copying it through the process.
public protocol OpenFileProvider: Sendable {
    /// Opens the file of an object for reading. The caller closes it.
    ///
    /// - Parameter length: The minimum size of the file in bytes.
    /// - Throws: `store_corrupt` if it is missing or shorter, `unavailable`.
    func openFile(_ key: ObjectKey, length: UInt64) async throws(UploadError) -> any OpenFile
}

/// An open file to send from.
public protocol OpenFile: Sendable {
    var descriptor: CInt { get }

    /// Reads a range into the page cache on a thread that may block, so that sending it does not wait for the disk.
    func prepare(_ range: Range<UInt64>) async

    /// Closes the file on a thread that may block, and returns at once. Idempotent.
    func close()
}
