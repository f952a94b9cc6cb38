import Glibc

/// The file system of the machine, below a root directory.
///
/// Files are made with mode 0600 and directories with 0700: what a client uploads is nobody else's to read. No
/// descriptor survives an `exec`. Calls that a signal interrupts are made again.
public struct POSIXFileSystem: FileSystem {
    public typealias File = POSIXFile

    /// As given, without a slash at the end.
    public let root: String

    /// Paths are below `root`, which has to exist. An empty `root` is the working directory.
    public init(root: String) {
        self.root = Self.normalized(root)
    }

    /// The path below the root, for the system.
    func absolute(_ path: String) -> String {
        path.isEmpty ? root : root + "/" + path
    }

    private static func normalized(_ root: String) -> String {
        var root = root[...]
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        // A root of "/" stays: "//name" is "/name" on every system that this runs on.
        return root.isEmpty ? "." : String(root)
    }

    // MARK: Files

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> POSIXFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .readWriteCreating: O_RDWR | O_CREAT
            }
        let descriptor = try absolute(path).withCString { name in
            uninterrupted { Glibc.open(name, flags | O_CLOEXEC, 0o600) }
        }.get("open", path)
        return POSIXFile(descriptor: descriptor, path: path)
    }

    /// A second close of the same file does nothing.
    public func close(_ file: POSIXFile) {
        guard file.takeForClosing() else { return }
        // Never again after EINTR: Linux has released the descriptor by then. Other errors say nothing that a
        // `syncData` would not have said.
        _ = Glibc.close(file.descriptor)
    }

    public func size(_ file: POSIXFile) throws(FileError) -> UInt64 {
        try file.requireOpen("fstat")
        var status = stat()
        _ = try uninterrupted { fstat(file.descriptor, &status) }.get("fstat", file.path)
        return UInt64(status.st_size)
    }

    public func truncate(_ file: POSIXFile, to size: UInt64) throws(FileError) {
        try file.requireOpen("ftruncate")
        let length = try position(size, "ftruncate", file)
        _ = try uninterrupted { ftruncate(file.descriptor, length) }.get("ftruncate", file.path)
    }

    /// `fdatasync`: the bytes and the size, without the times.
    public func syncData(_ file: POSIXFile) throws(FileError) {
        try file.requireOpen("fdatasync")
        _ = try uninterrupted { fdatasync(file.descriptor) }.get("fdatasync", file.path)
    }

    /// An offset or a size as the system counts them; what it cannot count is refused.
    func position(_ value: UInt64, _ call: String, _ file: POSIXFile) throws(FileError) -> off_t {
        guard let position = off_t(exactly: value) else { throw FileError(.invalid, call: call, path: file.path) }
        return position
    }
}
