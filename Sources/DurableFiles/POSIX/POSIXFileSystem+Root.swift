import Glibc

extension POSIXFileSystem {
    /// Makes the root, and the directories above it, where they are missing, and returns once they are durable.
    ///
    /// - Throws: what `mkdir` and `fsync` throw. Directories made until then stay.
    public init(creatingRoot root: String) throws(FileError) {
        self.init(root: root)
        var path = self.root.hasPrefix("/") ? "" : "."
        let components = self.root.split(separator: "/").filter { $0 != "." }
        for (index, component) in components.enumerated() {
            let parent = path.isEmpty ? "/" : path
            path += "/" + component
            let isNew = try Self.makeDirectory(at: path, named: path)
            let isRoot = index == components.count - 1
            // The root's own name is synced even when it was there: who made it may have crashed before the sync.
            // A parent that may not be opened is then somebody else's, who made the root for us.
            do throws(FileError) {
                if isNew || isRoot { try Self.syncDirectory(at: parent, named: parent) }
            } catch {
                if isNew || error.code != .permission { throw error }
            }
        }
    }

    /// Returns false if the directory was there.
    static func makeDirectory(at path: String, named name: String) throws(FileError) -> Bool {
        let result = path.withCString { path in uninterrupted { mkdir(path, 0o700) } }
        if case .failure(let number) = result, number.value == EEXIST, isDirectory(path) { return false }
        _ = try result.get("mkdir", name)
        return true
    }

    static func syncDirectory(at path: String, named name: String) throws(FileError) {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try path.withCString { path in
            uninterrupted { Glibc.open(path, flags) }
        }.get("open", name)
        let result = uninterrupted { fsync(descriptor) }
        _ = Glibc.close(descriptor)
        _ = try result.get("fsync", name)
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
