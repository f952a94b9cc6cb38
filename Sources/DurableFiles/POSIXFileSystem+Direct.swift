import Glibc

/// Direct writes: open(2), `O_DIRECT`.
extension POSIXFileSystem {
    /// A page: what devices and file systems ask for, 512 bytes or 4096, divides it. Larger blocks are refused by the first
    /// write, and smaller ones would only make the rest shorter that is written through the page cache.
    public var directAlignment: DirectAlignment? { DirectAlignment(blockBytes: 4096, memoryBytes: 4096) }

    public func openDirect(_ file: POSIXFile) throws(FileError) -> POSIXFile? {
        try file.requireOpen("open")
        // `O_DIRECT`, under the name that does not need `_GNU_SOURCE`.
        let flags = O_WRONLY | __O_DIRECT | O_CLOEXEC | noFollowFlag(file.path)
        let result = absolute(file.path).withCString { name in uninterrupted { Glibc.open(name, flags) } }
        if case .failure(let number) = result, number.value == ENOENT || number.value == ENOTDIR { return nil }
        let direct = POSIXFile(descriptor: try result.get("open", file.path), path: file.path)
        do throws(FileError) {
            // The name may lead to another file by now.
            guard try identity(of: direct) == identity(of: file) else {
                close(direct)
                return nil
            }
        } catch {
            close(direct)
            throw error
        }
        return direct
    }

    private func identity(of file: POSIXFile) throws(FileError) -> [UInt64] {
        var status = stat()
        _ = try uninterrupted { fstat(file.descriptor, &status) }.get("fstat", file.path)
        return [UInt64(status.st_dev), UInt64(status.st_ino)]
    }
}
