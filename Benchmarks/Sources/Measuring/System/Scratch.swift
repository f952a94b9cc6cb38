import Glibc

/// A directory for the data of one run, removed at its end.
package struct Scratch: Sendable {
    package let path: String

    /// Git ignores its name, in case the run is killed.
    package init(in directory: String) throws(BenchError) {
        guard let parent = realpath(directory, nil) else { throw BenchError("there is no directory “\(directory)”") }
        defer { free(parent) }
        path = String(cString: parent) + "/.build-bench-\(getpid())"
        guard mkdir(path, 0o700) == 0 else { throw BenchError("cannot make “\(path)”: errno \(errno)") }
    }

    package func remove() {
        Self.remove(path)
    }

    package func remove(_ name: String) {
        Self.remove(path + "/" + name)
        settle()
    }

    /// Waits until the file system has processed removals, so that the next leg does not pay for them.
    package func settle() {
        try? BareFile.sync(directory: path)
    }

    /// The free space in bytes.
    package var freeBytes: UInt64 {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return 0 }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        guard let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { remove(path + "/" + name) }
        }
        closedir(stream)
        rmdir(path)
    }
}
