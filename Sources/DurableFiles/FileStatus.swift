import Glibc

/// What stat(2) says about the file at a path.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        case file, directory, symbolicLink, fifo, socket, device, other
    }

    package let kind: Kind
    /// In bytes.
    package let size: UInt64
    package let permissions: FilePermissions
    package let version: FileVersion
    /// The time of the last modification, in nanoseconds since 1970-01-01T00:00:00Z.
    package let modifiedNanoseconds: Int64
    package let id: Id

    /// The same for all names of one file.
    package struct Id: Hashable, Sendable {
        package let device: UInt64
        package let inode: UInt64
    }

    /// Blocks.
    ///
    /// - Parameter followingLinks: Whether a symbolic link stands for the file that it leads to.
    package init(path: String, followingLinks: Bool = true) throws(FileError) {
        self.init(
            try path.withCString { name in
                Result { () throws(FileError) in try Self.status(of: name, named: path, followingLinks) }
            }.get())
    }

    /// Blocks.
    ///
    /// - Parameters:
    ///   - path: Ends with a NUL.
    ///   - text: The path in errors.
    package init(
        path: UnsafePointer<CChar>, named text: String, followingLinks: Bool
    ) throws(FileError) {
        self.init(try Self.status(of: path, named: text, followingLinks))
    }

    /// Of an open file.
    init(_ file: POSIXFile) throws(FileError) {
        try file.requireOpen("fstat")
        var status = stat()
        _ = try uninterrupted { fstat(file.descriptor, &status) }.get("fstat", file.path)
        self.init(status)
    }

    private static func status(
        of path: UnsafePointer<CChar>, named text: String, _ followingLinks: Bool
    ) throws(FileError) -> stat {
        var status = stat()
        _ = try uninterrupted { followingLinks ? stat(path, &status) : lstat(path, &status) }.get("stat", text)
        return status
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .symbolicLink
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            case S_IFCHR, S_IFBLK: .device
            default: .other
            }
        size = UInt64(max(0, status.st_size))
        permissions = FilePermissions(status)
        version = FileVersion(status)
        modifiedNanoseconds = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        id = Id(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
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

    /// Of the files at some paths, which may be symbolic links, in their order; nil if there is none. A pipe has none, either:
    /// it can be read once. Blocks.
    package static func all(of paths: [String]) -> [FileVersion?] {
        paths.map { path in
            let status = try? FileStatus(path: path)
            return status?.kind == .fifo ? nil : status?.version
        }
    }
}
