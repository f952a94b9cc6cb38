import Glibc

/// Distinguishes the states of a file without reading it: writing or replacing the file changes it.
struct FileVersion: Hashable, Sendable {
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

    /// Of the file at a path, which may be a symbolic link; nil if there is none. Blocks.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        modified = Time(status.st_mtim)
        statusChanged = Time(status.st_ctim)
    }

    /// Of several files, in their order. Blocks.
    static func all(of paths: [String]) -> [FileVersion?] {
        paths.map { FileVersion(path: $0) }
    }
}
