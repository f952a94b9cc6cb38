/// The calls through which every byte and every name reaches the disk. The fault seam: the real store runs unchanged on
/// a simulated implementation that tears, reorders, drops, fails and crashes.
///
/// All calls block: make them on a `BlockingPool`, never on the cooperative pool or an event loop.
///
/// Laws for every implementation (checked by `FileSystemContract` in UploadTestKit):
/// - `write` transfers all bytes or throws; after an error any part of them may have been written;
/// - bytes are durable once a `syncData` has returned that began after their `write` had returned; a file's size is
///   part of its data;
/// - after a failed `syncData` it is unknown which of the bytes written since the last successful one are durable, *and
///   a later successful one does not change that*: they have to be written again;
/// - a name (created, removed, or changed) is durable once a `syncDirectory` of its directory has returned;
/// - `read` returns fewer bytes than requested only at the end of the file;
/// - a symbolic link is not followed where a path ends in one: opening, locking, listing, syncing and making it fail
///   with `symbolicLink`; `remove` and `rename` change the link itself. The root may be a link;
/// - a lock dies with the process, or with `close`;
/// - a direct write is seen by reads, and as durable as any other: once a `syncData` of either open file of its object has
///   returned. One that is not aligned fails with `invalid`, or has its effect.
///
/// Paths are relative to the root of the implementation and have no leading slash; "" is the root itself.
public protocol FileSystem: Sendable {
    associatedtype File: Sendable

    func open(_ path: String, _ mode: OpenMode) throws(FileError) -> File
    func close(_ file: File)
    func size(_ file: File) throws(FileError) -> UInt64
    func read(_ file: File, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int
    func write(_ file: File, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError)
    /// The alignment of direct writes; nil for an implementation without any.
    var directAlignment: DirectAlignment? { get }
    /// Opens an open file once more, for *direct* writes, which do not pass through the page cache.
    ///
    /// - Returns: nil if no name leads to the file any more.
    /// - Throws: code `invalid` where the disk's file system has no direct writes; some say so only at the first `write`.
    func openDirect(_ file: File) throws(FileError) -> File?
    func truncate(_ file: File, to size: UInt64) throws(FileError)
    func syncData(_ file: File) throws(FileError)
    /// Copies the start of a range from one open file to the same place of another without passing the bytes through the
    /// process, if the system can. The files may share blocks afterwards, as long as neither is written.
    ///
    /// - Returns: The number of bytes copied, perhaps 0, for whatever reason: `read` and `write` the rest, which report it.
    func transfer(_ range: Range<UInt64>, of source: File, to file: File) -> UInt64

    /// Creates a directory whose parent exists. Idempotent.
    func makeDirectory(_ path: String) throws(FileError)
    func syncDirectory(_ path: String) throws(FileError)
    /// The names in a directory, in no particular order.
    func list(_ path: String) throws(FileError) -> [String]
    /// Removes a file's name. Returns false if it did not exist. Open files keep their bytes until they are closed.
    func remove(_ path: String) throws(FileError) -> Bool
    /// Renames a file, also into another directory, and replaces a file of the new name. A directory can be renamed to
    /// a name that does not exist. Durable once both parent directories are synced; until then a crash leaves the old
    /// name, the new one, or both.
    func rename(_ path: String, to newPath: String) throws(FileError)
    /// Gives a file of another root of the same implementation a second name here. Both names lead to the same file from
    /// then on. Durable as a created name; the file's bytes are as durable as before.
    ///
    /// - Returns: False if the two places cannot share a file, and nothing has changed: they are on different file
    ///   systems, or theirs has no hard links, or no more of them for this file.
    /// - Throws: code `invalid` if the new name exists.
    func link(_ path: String, of source: Self, to newPath: String) throws(FileError) -> Bool
    /// Acquires the exclusive lock of a lock file without waiting, and creates the file if it does not exist.
    ///
    /// - Throws: code `locked` while another holder has it.
    func lock(_ path: String) throws(FileError) -> File

    /// The space that this process may still use, in bytes; `.max` for a file system without a limit.
    func freeBytes() throws(FileError) -> UInt64
    /// Allocates the first `size` bytes of a file, so that later writes to them need no free space. Extends a shorter
    /// file; `noSpace` may leave a part allocated.
    func allocate(_ file: File, _ size: UInt64) throws(FileError)
    /// Whether a path still leads to an open file: false after the file or a directory of the path was moved, removed,
    /// or hidden by a mount.
    func isAt(_ path: String, _ file: File) throws(FileError) -> Bool
    /// Names the boot of the machine: unsynced writes of an earlier one may be lost. Different at each call if it is
    /// unknown.
    func bootId() -> String
    /// Syncs the file systems of these directories: all bytes and names, including unsynced writes of other processes.
    func syncFileSystems(holding directories: [String]) throws(FileError)
}

public enum OpenMode: Sendable {
    /// Fails with `notFound` if there is no file.
    case read
    case readWrite
    /// Creates an empty file if there is none.
    case readWriteCreating
    /// Creates an empty file to read and write. Fails with `invalid` if the name exists, even as a symbolic link.
    case creatingNew
}

extension FileSystem {
    /// The size of the file at a path in bytes; nil if there is none.
    package func size(at path: String) throws(FileError) -> UInt64? {
        let file: File
        do throws(FileError) {
            file = try open(path, .read)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        defer { close(file) }
        return try size(file)
    }

    /// The default of an implementation that cannot.
    public func transfer(_ range: Range<UInt64>, of source: File, to file: File) -> UInt64 { 0 }

    /// The defaults of an implementation without direct writes.
    public var directAlignment: DirectAlignment? { nil }
    public func openDirect(_ file: File) throws(FileError) -> File? { nil }
}
