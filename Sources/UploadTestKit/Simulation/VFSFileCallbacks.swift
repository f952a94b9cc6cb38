import CSQLite
import DurableFiles

/// The C functions of an open file: those of version 1, which has no shared memory.
enum VFSFileCallbacks {
    /// One table for all files of all such VFSs, which lives as long as the process.
    ///
    /// Proof: written once, before anybody can see it, and only read by SQLite.
    nonisolated(unsafe) static let methods: UnsafePointer<sqlite3_io_methods> = {
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
        // A database belongs to one connection: nobody else is there to lock out.
        methods.xLock = { _, _ in SQLITE_OK }
        methods.xUnlock = { _, _ in SQLITE_OK }
        methods.xCheckReservedLock = { _, result in
            result?.pointee = 0
            return SQLITE_OK
        }
        methods.xFileControl = { _, _, _ in SQLITE_NOTFOUND }
        methods.xSectorSize = { _ in Int32(SimulatedContent.sectorBytes) }
        methods.xDeviceCharacteristics = { _ in SQLITE_IOCAP_POWERSAFE_OVERWRITE }
        let table = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
        table.initialize(to: methods)
        return UnsafePointer(table)
    }()

    private typealias Memory = UnsafeMutablePointer<sqlite3_file>?

    private static let read: @convention(c) (Memory, UnsafeMutableRawPointer?, Int32, sqlite3_int64) -> Int32 = {
        memory, buffer, count, offset in
        guard let file = VFSOpenFile.file(memory), let buffer else { return VFSStatus.read }
        let target = UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
        return VFSStatus.of(VFSStatus.read) { () throws(FileError) in
            let done = try file.read(into: target, at: UInt64(offset))
            if done == target.count { return SQLITE_OK }
            // SQLite relies on zeros where the file has no bytes.
            UnsafeMutableRawBufferPointer(rebasing: target[done...]).initializeMemory(as: UInt8.self, repeating: 0)
            return VFSStatus.shortRead
        }
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
