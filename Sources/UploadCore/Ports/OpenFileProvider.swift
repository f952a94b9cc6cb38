/// What a blob store that keeps objects in files may offer besides: an open file, for transports that let the kernel send
/// it without a copy through the process.
public protocol OpenFileProvider: Sendable {
    /// Opens the file of an object for reading. Its owner is the caller, who closes it.
    ///
    /// - Parameter length: How many bytes it must have.
    /// - Throws: `store_corrupt` if it is missing or shorter, `unavailable`.
    func openFile(_ key: ObjectKey, length: UInt64) async throws(UploadError) -> any OpenFile
}

/// An open file that somebody else sends from.
public protocol OpenFile: Sendable {
    var descriptor: CInt { get }

    /// Brings a range into memory, so that sending it waits for no disk. Waits for the disk on a thread that may.
    func prepare(_ range: Range<UInt64>) async

    /// Ends the loan. Lawful to repeat.
    func close()
}
