import DeliberateFaults
import Glibc

extension POSIXFileSystem {
    public func makeDirectory(_ path: String) throws(FileError) {
        _ = try Self.makeDirectory(at: absolute(path), named: path, linkFlag: noFollowFlag(path))
    }

    public func syncDirectory(_ path: String) throws(FileError) {
        try Self.syncDirectory(at: absolute(path), named: path, linkFlag: noFollowFlag(path))
    }

    public func list(_ path: String) throws(FileError) -> [String] {
        let descriptor = try Self.openDirectory(
            at: absolute(path), named: path, linkFlag: noFollowFlag(path), for: "opendir")
        return try Self.names(in: descriptor, path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The names in a directory, as bytes and without `.` and `..`. Follows symbolic links.
    ///
    /// - Parameters:
    ///   - path: Ends with a NUL.
    ///   - text: The path in errors.
    package static func names(
        inDirectory path: UnsafePointer<CChar>, named text: String
    ) throws(FileError) -> [[UInt8]] {
        let descriptor = try uninterrupted { Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
            .get("opendir", text)
        return try names(in: descriptor, text)
    }

    /// Reads and closes an open directory.
    private static func names(in descriptor: Int32, _ path: String) throws(FileError) -> [[UInt8]] {
        guard let stream = fdopendir(descriptor) else {
            let number = errno
            _ = Glibc.close(descriptor)
            throw FileError(errno: number, call: "opendir", path: path)
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            // nil means both the end and a failure; errno distinguishes them.
            errno = 0
            guard let entry = readdir(stream) else {
                let number = errno
                if number != 0 { throw FileError(errno: number, call: "readdir", path: path) }
                return names
            }
            let name = Self.name(of: entry)
            if name != [UInt8(ascii: ".")], name != Array("..".utf8) { names.append(name) }
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

    /// An advisory `flock`: it belongs to the open file, not the process, and ends with `close`, or with the last descriptor.
    public func lock(_ path: String) throws(FileError) -> POSIXFile {
        let file = try open(path, .readWriteCreating, isLock: true)
        do throws(FileError) {
            _ = try uninterrupted { flock(file.descriptor, LOCK_EX | LOCK_NB) }.get("flock", path)
        } catch {
            close(file)
            throw error
        }
        return file
    }

    /// Reads through a pointer: the memory of a `dirent` may end before the 256 bytes of its Swift type.
    private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else {
            preconditionFailure("dirent has a d_name on every POSIX system")
        }
        let name = UnsafeRawPointer(entry) + offset
        return Array(UnsafeRawBufferPointer(start: name, count: strlen(name.assumingMemoryBound(to: CChar.self))))
    }
}

extension POSIXFileSystem {
    /// Creates the root and its missing ancestors, and returns once they are durable.
    ///
    /// - Throws: The failure of a `mkdir` or `fsync`. Directories created before it stay.
    public init(creatingRoot root: String) throws(FileError) {
        self.init(root: root)
        var path = self.root.hasPrefix("/") ? "" : "."
        let components = self.root.split(separator: "/").filter { $0 != "." }
        for (index, component) in components.enumerated() {
            let parent = path.isEmpty ? "/" : path
            path += "/" + component
            let isNew = try Self.makeDirectory(at: path, named: path, linkFlag: 0)
            let isRoot = index == components.count - 1
            // The name of an existing root is synced too: its creator may have crashed before the sync. An existing
            // root below a directory without read permission was created by an administrator; its name cannot be
            // synced.
            do throws(FileError) {
                if isNew || isRoot { try Self.syncDirectory(at: parent, named: parent, linkFlag: 0) }
            } catch {
                if isNew || error.code != .permission { throw error }
            }
        }
    }

    /// Returns false if the directory existed.
    ///
    /// - Parameter linkFlag: `O_NOFOLLOW` if a link to a directory is an error, otherwise 0.
    private static func makeDirectory(at path: String, named name: String, linkFlag: Int32) throws(FileError) -> Bool {
        let result = path.withCString { path in uninterrupted { mkdir(path, 0o700) } }
        if case .failure(let number) = result, number.value == EEXIST {
            if linkFlag != 0, isLink(path) { throw FileError(errno: ELOOP, call: "mkdir", path: name) }
            if isDirectory(path) { return false }
        }
        _ = try result.get("mkdir", name)
        return true
    }

    private static func syncDirectory(at path: String, named name: String, linkFlag: Int32) throws(FileError) {
        let descriptor = try openDirectory(at: path, named: name, linkFlag: linkFlag, for: "open")
        defer { _ = Glibc.close(descriptor) }
        if DeliberateFault.skipFsync.isOn { return }
        _ = try uninterrupted { fsync(descriptor) }.get("fsync", name)
    }

    /// Opens a directory to list or sync it. The caller closes it.
    static func openDirectory(
        at path: String, named name: String, linkFlag: Int32, for call: String
    ) throws(FileError) -> Int32 {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | linkFlag
        let result = path.withCString { path in uninterrupted { Glibc.open(path, flags) } }
        // With O_DIRECTORY, Linux takes a link that it must not follow for something other than a directory.
        if case .failure(let number) = result, number.value == ENOTDIR, linkFlag != 0, isLink(path) {
            throw FileError(errno: ELOOP, call: call, path: name)
        }
        return try result.get(call, name)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }
}
