import CFileSystem
import Glibc

/// The disk as a whole: its free space, its identity, and the sync of everything on it.
extension POSIXFileSystem {
    /// The space for unprivileged processes: the blocks that a file system reserves for root do not count, so that root
    /// stops at the same fill level.
    public func freeBytes() throws(FileError) -> UInt64 {
        var status = statvfs()
        _ = try root.withCString { path in uninterrupted { statvfs(path, &status) } }.get("statvfs", root)
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    public func allocate(_ file: POSIXFile, _ size: UInt64) throws(FileError) {
        try file.requireOpen("posix_fallocate")
        let length = try position(size, "posix_fallocate", file)
        // Returns the error number instead of setting `errno`.
        var number = posix_fallocate(file.descriptor, 0, length)
        while number == EINTR { number = posix_fallocate(file.descriptor, 0, length) }
        guard number == 0 else { throw FileError(errno: number, call: "posix_fallocate", path: file.path) }
    }

    public func isAt(_ path: String, _ file: POSIXFile) throws(FileError) -> Bool {
        try file.requireOpen("fstat")
        var open = stat()
        _ = try uninterrupted { fstat(file.descriptor, &open) }.get("fstat", file.path)
        var named = stat()
        let result = absolute(path).withCString { path in uninterrupted { stat(path, &named) } }
        if case .failure(let number) = result, number.value == ENOENT || number.value == ENOTDIR { return false }
        _ = try result.get("stat", path)
        return open.st_dev == named.st_dev && open.st_ino == named.st_ino
    }

    /// `syncfs` of each file system, once.
    public func syncFileSystems(holding directories: [String]) throws(FileError) {
        var synced: Set<dev_t> = []
        for directory in directories {
            let descriptor = try Self.openDirectory(
                at: absolute(directory), named: directory, linkFlag: noFollowFlag(directory), for: "open")
            defer { _ = Glibc.close(descriptor) }
            var status = stat()
            _ = try uninterrupted { fstat(descriptor, &status) }.get("fstat", directory)
            guard synced.insert(status.st_dev).inserted else { continue }
            _ = try uninterrupted { syncfs(descriptor) }.get("syncfs", directory)
        }
    }

    /// Of the Linux kernel (random(4)); the same in all containers of a machine.
    public func bootId() -> String {
        let unknown = "unknown-\(UInt64.random(in: .min ... .max))"
        let descriptor = Glibc.open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return unknown }
        defer { _ = Glibc.close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = uninterrupted { Glibc.read(descriptor, &buffer, buffer.count) }
        guard case .success(let size) = count, size > 1 else { return unknown }
        return String(decoding: buffer[..<size], as: UTF8.self).filter { !$0.isNewline }
    }
}
