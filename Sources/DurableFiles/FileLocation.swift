import Glibc

/// The directory of a file and its name in that directory, as a user wrote them: symbolic links are followed.
package struct FileLocation: Sendable {
    package let directory: POSIXFileSystem
    package let name: String

    package init(_ path: String) {
        guard let slash = path.lastIndex(of: "/") else {
            directory = POSIXFileSystem(root: "", links: .followed)
            name = path
            return
        }
        directory = POSIXFileSystem(root: slash == path.startIndex ? "/" : String(path[..<slash]), links: .followed)
        name = String(path[path.index(after: slash)...])
    }
}

extension POSIXFileSystem {
    /// All bytes of a small file.
    ///
    /// - Throws: code `invalid` with `EFBIG` if it has more than `maximum`.
    package func readAll(_ file: POSIXFile, atMost maximum: UInt64) throws(FileError) -> [UInt8] {
        // The size of a directory is that of its list; reading it fails.
        let size = try size(file)
        guard size <= maximum else { throw FileError(errno: EFBIG, call: "read", path: file.path) }
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
