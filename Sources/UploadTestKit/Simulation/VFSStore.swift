import CSQLite
import DurableFiles
import Synchronization

/// The context of the C callbacks of one VFS. C function pointers cannot be generic, hence the type-erased store.
final class VFSHost: Sendable {
    let store: any VFSStore
    let random: Mutex<SeededRandom>
    let milliseconds: @Sendable () -> Int64

    init(store: any VFSStore, seed: UInt64, milliseconds: @escaping @Sendable () -> Int64) {
        self.store = store
        self.random = Mutex(SeededRandom(seed: seed))
        self.milliseconds = milliseconds
    }
}

/// A `FileSystem` without its associated type.
protocol VFSStore: Sendable {
    func open(_ path: String, _ mode: OpenMode, flags: Int32) throws(FileError) -> any VFSFile
    /// False for an empty file too, as in `os_unix.c`: an empty journal does not count as one.
    func hasContent(_ path: String) throws(FileError) -> Bool
    func remove(_ path: String) throws(FileError) -> Bool
    func syncDirectory(of path: String) throws(FileError)
}

/// A file opened by SQLite, which uses it from one thread at a time.
protocol VFSFile: AnyObject {
    func close()
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int
    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError)
    func truncate(to size: UInt64) throws(FileError)
    func size() throws(FileError) -> UInt64
    /// Whether the next sync must also sync the directory.
    var owesDirectorySync: Bool { get }
    func syncData() throws(FileError)
    func syncDirectory() throws(FileError)
}

struct VFSStoreOver<Files: FileSystem>: VFSStore {
    let files: Files

    init(_ files: Files) {
        self.files = files
    }

    func open(_ path: String, _ mode: OpenMode, flags: Int32) throws(FileError) -> any VFSFile {
        let journals = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL
        return VFSFileOver(
            store: self, file: try files.open(path, mode), path: path,
            isNewJournal: flags & SQLITE_OPEN_CREATE != 0 && flags & journals != 0,
            removesOnClose: flags & SQLITE_OPEN_DELETEONCLOSE != 0)
    }

    func hasContent(_ path: String) throws(FileError) -> Bool {
        let file: Files.File
        do throws(FileError) {
            file = try files.open(path, .read)
        } catch {
            if error.code == .notFound { return false }
            throw error
        }
        defer { files.close(file) }
        return try files.size(file) > 0
    }

    func remove(_ path: String) throws(FileError) -> Bool {
        try files.remove(path)
    }

    func syncDirectory(of path: String) throws(FileError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) ?? path.startIndex
        try files.syncDirectory(String(path[..<slash]))
    }
}

final class VFSFileOver<Files: FileSystem>: VFSFile {
    private let store: VFSStoreOver<Files>
    private let file: Files.File
    private let path: String
    private let removesOnClose: Bool
    private(set) var owesDirectorySync: Bool

    init(store: VFSStoreOver<Files>, file: Files.File, path: String, isNewJournal: Bool, removesOnClose: Bool) {
        self.store = store
        self.file = file
        self.path = path
        self.removesOnClose = removesOnClose
        owesDirectorySync = isNewJournal
    }

    func close() {
        store.files.close(file)
        // A failure here cannot be reported; SQLite does not rely on the removal after an error.
        if removesOnClose { _ = try? store.files.remove(path) }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(FileError) -> Int {
        try store.files.read(file, into: buffer, at: offset)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        try store.files.write(file, bytes, at: offset)
    }

    func truncate(to size: UInt64) throws(FileError) {
        try store.files.truncate(file, to: size)
    }

    func size() throws(FileError) -> UInt64 {
        try store.files.size(file)
    }

    func syncData() throws(FileError) {
        try store.files.syncData(file)
    }

    func syncDirectory() throws(FileError) {
        try store.syncDirectory(of: path)
        owesDirectorySync = false
    }
}
