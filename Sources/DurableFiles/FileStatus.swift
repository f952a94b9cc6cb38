import Glibc

/// What stat(2) says about the file at a path.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file, directory, symbolicLink, other
    }

    package let kind: Kind
    /// In bytes.
    package let size: UInt64
    package let permissions: FilePermissions
    package let version: FileVersion

    /// Blocks.
    ///
    /// - Parameter followingLinks: Whether a symbolic link stands for the file that it leads to.
    package init(path: String, followingLinks: Bool = true) throws(FileError) {
        var status = stat()
        _ = try path.withCString { name in
            uninterrupted { followingLinks ? stat(name, &status) : lstat(name, &status) }
        }.get("stat", path)
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            default: .other
            }
        size = UInt64(max(0, status.st_size))
        permissions = FilePermissions(status)
        version = FileVersion(status)
    }
}

/// Distinguishes the states of a file without reading it: writing or replacing the file changes it.
package struct FileVersion: Hashable, Sendable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let modified: Time
    /// Unlike the time of modification, no program can set it back.
    private let statusChanged: Time

    private struct Time: Hashable, Sendable {
        let seconds: Int
        let nanoseconds: Int

        init(_ time: timespec) {
            (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec)
        }
    }

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Time(status.st_mtim)
        statusChanged = Time(status.st_ctim)
    }

    /// Of the files at some paths, which may be symbolic links, in their order; nil if there is none. Blocks.
    package static func all(of paths: [String]) -> [FileVersion?] {
        paths.map { (try? FileStatus(path: $0))?.version }
    }
}
