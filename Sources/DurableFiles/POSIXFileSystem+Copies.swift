import CFileSystem
import Glibc

/// Second names of files, and copies inside the kernel.
extension POSIXFileSystem {
    public func link(_ path: String, of source: POSIXFileSystem, to newPath: String) throws(FileError) -> Bool {
        var status = stat()
        let (old, new) = (source.absolute(path), absolute(newPath))
        _ = try old.withCString { path in uninterrupted { lstat(path, &status) } }.get("lstat", path)
        // `link` would give the link itself a second name.
        guard status.st_mode & S_IFMT != S_IFLNK else { throw FileError(errno: ELOOP, call: "link", path: path) }
        let result = old.withCString { old in new.withCString { new in uninterrupted { Glibc.link(old, new) } } }
        if case .failure(let number) = result {
            // EPERM: a file system without links, or a file of another user where the kernel protects those.
            if [EXDEV, EMLINK, EPERM, ENOSYS, EOPNOTSUPP].contains(number.value) { return false }
        }
        _ = try result.get("link", newPath)
        return true
    }

    /// `copy_file_range`, which shares the blocks on file systems that can (Btrfs, XFS).
    public func transfer(_ range: Range<UInt64>, of source: POSIXFile, to file: POSIXFile) -> UInt64 {
        guard let start = Int(exactly: range.lowerBound), let end = Int(exactly: range.upperBound),
            (try? source.requireOpen("copy_file_range")) != nil, (try? file.requireOpen("copy_file_range")) != nil
        else { return 0 }
        var (from, to) = (start, start)
        while from < end {
            let (done, rest) = (from, end - from)
            let count = copy_file_range(source.descriptor, &from, file.descriptor, &to, rest, 0)
            if count > 0 || count < 0 && errno == EINTR { continue }
            return UInt64(done - start)
        }
        return UInt64(from - start)
    }
}
