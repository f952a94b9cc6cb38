import DurableFiles

extension POSIXFileSystem {
    /// All bytes of a small file.
    ///
    /// - Throws: code `invalid` if it has more than `maximum`.
    func readAll(_ file: POSIXFile, atMost maximum: UInt64) throws(FileError) -> [UInt8] {
        let size = try size(file)
        guard size <= maximum else { throw FileError(.invalid, call: "read", path: root) }
        var failure: FileError?
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            do throws(FileError) {
                count = try read(file, into: UnsafeMutableRawBufferPointer(buffer), at: 0)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
