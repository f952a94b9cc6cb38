import Glibc

extension POSIXFileSystem {
    public func makeDirectory(_ path: String) throws(FileError) {
        _ = try Self.makeDirectory(at: absolute(path), named: path)
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try Self.syncDirectory(at: absolute(path), named: path)
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try absolute(path).withCString { name in
            uninterrupted { Glibc.open(name, flags) }
        }.get("opendir", path)
        guard let stream = fdopendir(descriptor) else {
            let number = errno
            _ = Glibc.close(descriptor)
            throw FileError(errno: number, call: "opendir", path: path)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            // The end and a failure both give nil; only errno tells them apart.
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                if number != 0 { throw FileError(errno: number, call: "readdir", path: path) }
                return names
            }
            let name = Self.name(of: entry)
            if name != ".", name != ".." { names.append(name) }
        }
    }

    public func remove(_ path: String) throws(FileError) -> Bool {
        let result = absolute(path).withCString { name in uninterrupted { unlink(name) } }
        if case .failure(let number) = result, number.value == ENOENT { return false }
        _ = try result.get("unlink", path)
        return true
    }

    public func rename(_ path: String, to newPath: String) throws(FileError) {
        let result = absolute(path).withCString { old in
            absolute(newPath).withCString { new in uninterrupted { Glibc.rename(old, new) } }
        }
        _ = try result.get("rename", path)
    }

    /// The lock is `flock`'s: advisory, between open files rather than processes, gone with the descriptor.
    public func lock(_ path: String) throws(FileError) -> POSIXFile {
        let file = try open(path, .readWriteCreating)
        do throws(FileError) {
            _ = try uninterrupted { flock(file.descriptor, LOCK_EX | LOCK_NB) }.get("flock", path)
        } catch {
            close(file)
            throw error
        }
        return file
    }

    /// Read through a pointer, because a `dirent` may end in memory well before the 256 bytes of its Swift type.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> String {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else {
            preconditionFailure("dirent has a d_name on every POSIX system")
        }
        let name = UnsafeRawPointer(entry) + offset
        return String(cString: name.assumingMemoryBound(to: CChar.self))
    }
}
