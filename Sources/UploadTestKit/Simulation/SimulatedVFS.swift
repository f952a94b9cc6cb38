import CSQLite
public import DurableFiles
import Synchronization

/// An SQLite VFS over a `FileSystem`, which exposes SQLite's own files to the same faults and crashes as all others.
///
/// For connections with `locking_mode=EXCLUSIVE`, set before `journal_mode=WAL`: there is no shared memory and no
/// locking, so a database belongs to one connection. Temporary files are refused; use `temp_store=MEMORY`. Paths are
/// relative to the root of the file system.
///
/// The VFS declares sectors of 512 bytes, and writes that never damage neighbouring bytes
/// (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`): exactly the fault model of `SimulatedFileSystem`. The first sync of a journal
/// or WAL also syncs its directory, as in SQLite's `os_unix.c`.
///
/// SQLite draws the salts of a WAL from a process-wide generator, not from the VFS, so they differ between runs of one
/// seed. The sequence of calls does not depend on them.
public final class SimulatedVFS: Sendable {
    /// The last argument of `sqlite3_open_v2`. Unique in the process.
    public let name: String
    private let registration: Mutex<Registration?>

    private static let lastNumber = Atomic(0)

    /// Registers the VFS without making it the default.
    ///
    /// - Parameters:
    ///   - seed: The seed of the random bytes that SQLite draws from the VFS.
    ///   - milliseconds: The time since 1970 for SQLite's date functions.
    public init(
        over files: some FileSystem, seed: UInt64 = 0,
        milliseconds: @escaping @Sendable () -> Int64 = { 1_750_000_000_000 }
    ) {
        let number = Self.lastNumber.add(1, ordering: .relaxed).newValue
        name = "wharf-sim-\(number)"
        let host = VFSHost(store: VFSStoreOver(files), seed: seed, milliseconds: milliseconds)
        registration = Mutex(Registration(name: name, host: host))
    }

    deinit {
        unregister()
    }

    /// Unregisters the VFS. Close its connections first. A second call does nothing.
    public func unregister() {
        registration.withLock { registration in
            registration?.remove()
            registration = nil
        }
    }

    /// The memory that SQLite points to while the VFS is registered.
    private struct Registration: ~Copyable {
        private let vfs: UnsafeMutablePointer<sqlite3_vfs>
        private let name: UnsafeMutablePointer<CChar>

        init(name: String, host: VFSHost) {
            let bytes = name.utf8CString
            self.name = .allocate(capacity: bytes.count)
            for (index, byte) in bytes.enumerated() { self.name[index] = byte }
            vfs = .allocate(capacity: 1)
            vfs.initialize(to: VFSCallbacks.vfs(name: UnsafePointer(self.name), host: host))
            let status = sqlite3_vfs_register(vfs, 0)
            precondition(status == SQLITE_OK, "SQLite did not register the VFS: status \(status)")
        }

        func remove() {
            sqlite3_vfs_unregister(vfs)
            if let data = vfs.pointee.pAppData { Unmanaged<VFSHost>.fromOpaque(data).release() }
            vfs.deinitialize(count: 1)
            vfs.deallocate()
            name.deallocate()
        }
    }
}

/// The C functions of the VFS itself.
enum VFSCallbacks {
    /// The VFS holds a reference to the host until it is unregistered.
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
        // Time is an argument in simulations: a sleep returns at once.
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
            // Without methods SQLite does not close a file that failed to open.
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

    /// Paths are relative to the root already; leading slashes are dropped.
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
