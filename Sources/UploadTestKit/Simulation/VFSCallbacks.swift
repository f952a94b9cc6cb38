import CSQLite
import DurableFiles
import Synchronization

/// The C functions of the VFS itself.
enum VFSCallbacks {
    /// The VFS holds a reference to the host, which whoever unregisters it gives back.
    static func vfs(name: UnsafePointer<CChar>, host: VFSHost) -> sqlite3_vfs {
        var vfs = sqlite3_vfs()
        vfs.iVersion = 2
        vfs.szOsFile = Int32(MemoryLayout<VFSOpenFile>.size)
        vfs.mxPathname = 1024
        vfs.zName = name
        vfs.pAppData = Unmanaged.passRetained(host).toOpaque()
        vfs.xOpen = open
        vfs.xDelete = delete
        vfs.xAccess = access
        vfs.xFullPathname = fullPathname
        vfs.xRandomness = randomness
        // Time is an argument in simulations; nobody waits.
        vfs.xSleep = { _, microseconds in microseconds }
        vfs.xCurrentTime = currentTime
        vfs.xCurrentTimeInt64 = currentTimeInt64
        vfs.xGetLastError = { _, _, _ in 0 }
        return vfs
    }

    private typealias VFS = UnsafeMutablePointer<sqlite3_vfs>?

    private static func host(_ vfs: VFS) -> VFSHost? {
        (vfs?.pointee.pAppData).map { Unmanaged<VFSHost>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let open:
        @convention(c) (
            VFS, UnsafePointer<CChar>?, UnsafeMutablePointer<sqlite3_file>?, Int32, UnsafeMutablePointer<Int32>?
        ) -> Int32 = { vfs, name, file, flags, outFlags in
            guard let file else { return SQLITE_CANTOPEN }
            // Without methods SQLite does not close what was not opened.
            file.pointee.pMethods = nil
            guard let host = host(vfs), let name else { return SQLITE_CANTOPEN }
            let mode: OpenMode =
                if flags & SQLITE_OPEN_CREATE != 0 {
                    .readWriteCreating
                } else if flags & SQLITE_OPEN_READWRITE != 0 {
                    .readWrite
                } else {
                    .read
                }
            do throws(FileError) {
                VFSOpenFile.install(try host.store.open(String(cString: name), mode, flags: flags), at: file)
            } catch {
                return error.code == .noSpace ? SQLITE_FULL : SQLITE_CANTOPEN
            }
            outFlags?.pointee = flags
            return SQLITE_OK
        }

    private static let delete: @convention(c) (VFS, UnsafePointer<CChar>?, Int32) -> Int32 = { vfs, name, syncs in
        guard let host = host(vfs), let name else { return VFSStatus.delete }
        let path = String(cString: name)
        let status = VFSStatus.of(VFSStatus.delete) { () throws(FileError) in
            try host.store.remove(path) ? SQLITE_OK : VFSStatus.deleteNoEntry
        }
        guard status == SQLITE_OK, syncs != 0 else { return status }
        return VFSStatus.of(VFSStatus.syncDirectory) { () throws(FileError) in
            try host.store.syncDirectory(of: path)
            return SQLITE_OK
        }
    }

    private static let access:
        @convention(c) (VFS, UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<Int32>?) -> Int32 = {
            vfs, name, _, result in
            guard let host = host(vfs), let name else { return VFSStatus.access }
            return VFSStatus.of(VFSStatus.access) { () throws(FileError) in
                result?.pointee = try host.store.hasContent(String(cString: name)) ? 1 : 0
                return SQLITE_OK
            }
        }

    /// Names are from the root already; a leading slash means the root as well.
    private static let fullPathname:
        @convention(c) (VFS, UnsafePointer<CChar>?, Int32, UnsafeMutablePointer<CChar>?) -> Int32 = {
            _, name, capacity, result in
            guard let name, let result else { return SQLITE_CANTOPEN }
            let path = String(String(cString: name).drop { $0 == "/" })
            let bytes = path.utf8CString
            guard bytes.count <= Int(capacity) else { return SQLITE_CANTOPEN }
            for (index, byte) in bytes.enumerated() { result[index] = byte }
            return SQLITE_OK
        }

    private static let randomness: @convention(c) (VFS, Int32, UnsafeMutablePointer<CChar>?) -> Int32 = {
        vfs, count, result in
        guard let host = host(vfs), let result else { return 0 }
        let bytes = host.random.withLock { $0.bytes(Int(count)) }
        for (index, byte) in bytes.enumerated() { result[index] = CChar(bitPattern: byte) }
        return count
    }

    // SQLite counts time in days, and in milliseconds, since noon on 24 November 4714 BC.
    private static let unixEpochMilliseconds: Int64 = 210_866_760_000_000

    private static let currentTime: @convention(c) (VFS, UnsafeMutablePointer<Double>?) -> Int32 = { vfs, result in
        guard let host = host(vfs) else { return SQLITE_ERROR }
        result?.pointee = Double(host.milliseconds() + unixEpochMilliseconds) / 86_400_000
        return SQLITE_OK
    }

    private static let currentTimeInt64: @convention(c) (VFS, UnsafeMutablePointer<sqlite3_int64>?) -> Int32 = {
        vfs, result in
        guard let host = host(vfs) else { return SQLITE_ERROR }
        result?.pointee = host.milliseconds() + unixEpochMilliseconds
        return SQLITE_OK
    }
}
