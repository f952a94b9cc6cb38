import CSQLite
import DurableFiles
import Glibc

/// The contents of the memory that SQLite provides for each open file. SQLite reads `base`, which therefore comes
/// first.
struct VFSOpenFile {
    private var base: sqlite3_file
    /// A retained `Box`, until `take`.
    private var box: UnsafeMutableRawPointer
    /// The table that `base` points to: each file has its own, so that no global is shared.
    private var methods: sqlite3_io_methods

    private final class Box {
        let file: any VFSFile
        var lastErrorNumber: Int32 = 0

        init(_ file: any VFSFile) {
            self.file = file
        }
    }

    static func install(_ file: any VFSFile, at memory: UnsafeMutablePointer<sqlite3_file>) {
        guard let offset = MemoryLayout<VFSOpenFile>.offset(of: \.methods) else {
            preconditionFailure("A stored property has an offset")
        }
        let start = UnsafeMutableRawPointer(memory)
        let box = Unmanaged.passRetained(Box(file)).toOpaque()
        start.initializeMemory(
            as: VFSOpenFile.self,
            to: VFSOpenFile(base: sqlite3_file(), box: box, methods: VFSFileCallbacks.methods))
        let methods = (start + offset).assumingMemoryBound(to: sqlite3_io_methods.self)
        memory.pointee.pMethods = UnsafePointer(methods)
    }

    static func file(_ memory: UnsafeMutablePointer<sqlite3_file>?) -> (any VFSFile)? {
        memory.map { opened($0).file }
    }

    /// The error number of the last failed read; 0 if there was none.
    static func lastErrorNumber(_ memory: UnsafeMutablePointer<sqlite3_file>?) -> Int32 {
        memory.map { opened($0).lastErrorNumber } ?? 0
    }

    static func noteFailedRead(_ memory: UnsafeMutablePointer<sqlite3_file>?) {
        guard let memory else { return }
        opened(memory).lastErrorNumber = EIO
    }

    private static func opened(_ memory: UnsafeMutablePointer<sqlite3_file>) -> Box {
        Unmanaged<Box>.fromOpaque(UnsafeRawPointer(memory).load(as: VFSOpenFile.self).box).takeUnretainedValue()
    }

    /// Returns the file and releases its box. Called once.
    static func take(_ memory: UnsafeMutablePointer<sqlite3_file>?) -> (any VFSFile)? {
        guard let memory else { return nil }
        let box = UnsafeRawPointer(memory).load(as: VFSOpenFile.self).box
        memory.pointee.pMethods = nil
        return Unmanaged<Box>.fromOpaque(box).takeRetainedValue().file
    }
}

/// The C functions of an open file, in version 1 of the interface, which has no shared memory.
enum VFSFileCallbacks {
    static var methods: sqlite3_io_methods {
        var methods = sqlite3_io_methods()
        methods.iVersion = 1
        methods.xClose = { memory in
            VFSOpenFile.take(memory)?.close()
            return SQLITE_OK
        }
        methods.xRead = read
        methods.xWrite = write
        methods.xTruncate = truncate
        methods.xSync = sync
        methods.xFileSize = fileSize
        // A database belongs to one connection: locks have nothing to exclude.
        methods.xLock = { _, _ in SQLITE_OK }
        methods.xUnlock = { _, _ in SQLITE_OK }
        methods.xCheckReservedLock = { _, result in
            result?.pointee = 0
            return SQLITE_OK
        }
        methods.xFileControl = { memory, operation, result in
            guard operation == SQLITE_FCNTL_LAST_ERRNO else { return SQLITE_NOTFOUND }
            result?.storeBytes(of: VFSOpenFile.lastErrorNumber(memory), as: Int32.self)
            return SQLITE_OK
        }
        methods.xSectorSize = { _ in Int32(SimulatedContent.sectorBytes) }
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
        return methods
    }

    private typealias Memory = UnsafeMutablePointer<sqlite3_file>?

    private static let read: @convention(c) (Memory, UnsafeMutableRawPointer?, Int32, sqlite3_int64) -> Int32 = {
        memory, buffer, count, offset in
        guard let file = VFSOpenFile.file(memory), let buffer else { return VFSStatus.read }
        let target = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
        let status = VFSStatus.of(VFSStatus.corruptFileSystem) { () throws(FileError) in
            let done = try file.read(into: target, at: UInt64(offset))
            if done == target.count { return SQLITE_OK }
            // SQLite relies on zeros where the file has no bytes.
            UnsafeMutableRawBufferPointer(rebasing: target[done...]).initializeMemory(as: UInt8.self, repeating: 0)
            return VFSStatus.shortRead
        }
        if status == VFSStatus.corruptFileSystem { VFSOpenFile.noteFailedRead(memory) }
        return status
    }

    private static let write: @convention(c) (Memory, UnsafeRawPointer?, Int32, sqlite3_int64) -> Int32 = {
        memory, bytes, count, offset in
        guard let file = VFSOpenFile.file(memory) else { return VFSStatus.write }
        return VFSStatus.of(VFSStatus.write) { () throws(FileError) in
            try file.write(UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: UInt64(offset))
            return SQLITE_OK
        }
    }

    private static let truncate: @convention(c) (Memory, sqlite3_int64) -> Int32 = { memory, size in
        guard let file = VFSOpenFile.file(memory) else { return VFSStatus.truncate }
        return VFSStatus.of(VFSStatus.truncate) { () throws(FileError) in
            try file.truncate(to: UInt64(size))
            return SQLITE_OK
        }
    }

    private static let sync: @convention(c) (Memory, Int32) -> Int32 = { memory, _ in
        guard let file = VFSOpenFile.file(memory) else { return VFSStatus.sync }
        let status = VFSStatus.of(VFSStatus.sync) { () throws(FileError) in
            try file.syncData()
            return SQLITE_OK
        }
        guard status == SQLITE_OK, file.owesDirectorySync else { return status }
        return VFSStatus.of(VFSStatus.syncDirectory) { () throws(FileError) in
            try file.syncDirectory()
            return SQLITE_OK
        }
    }

    private static let fileSize: @convention(c) (Memory, UnsafeMutablePointer<sqlite3_int64>?) -> Int32 = {
        memory, result in
        guard let file = VFSOpenFile.file(memory) else { return VFSStatus.size }
        return VFSStatus.of(VFSStatus.size) { () throws(FileError) in
            result?.pointee = sqlite3_int64(clamping: try file.size())
            return SQLITE_OK
        }
    }
}

/// SQLite's extended I/O errors. The header defines them by shifts, which Swift does not import.
enum VFSStatus {
    static let read = SQLITE_IOERR | 1 << 8
    static let shortRead = SQLITE_IOERR | 2 << 8
    static let write = SQLITE_IOERR | 3 << 8
    static let sync = SQLITE_IOERR | 4 << 8
    static let syncDirectory = SQLITE_IOERR | 5 << 8
    static let truncate = SQLITE_IOERR | 6 << 8
    static let size = SQLITE_IOERR | 7 << 8
    static let delete = SQLITE_IOERR | 10 << 8
    static let access = SQLITE_IOERR | 13 << 8
    static let deleteNoEntry = SQLITE_IOERR | 23 << 8
    /// The result of `os_unix.c` for a read that fails with EIO.
    static let corruptFileSystem = SQLITE_IOERR | 33 << 8

    /// The body's status, or that of its error: `SQLITE_FULL` for a full disk, `failure` for all others.
    static func of(_ failure: Int32, _ body: () throws(FileError) -> Int32) -> Int32 {
        do throws(FileError) {
            return try body()
        } catch {
            return error.code == .noSpace ? SQLITE_FULL : failure
        }
    }
}
