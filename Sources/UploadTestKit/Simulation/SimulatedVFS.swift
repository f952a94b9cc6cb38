import CSQLite
public import DurableFiles
import Synchronization

/// An SQLite VFS on a `FileSystem`: SQLite's own files meet the same faults and crashes as everything else.
///
/// Meant for connections with `locking_mode=EXCLUSIVE`, set before `journal_mode=WAL`: there is no shared memory, and
/// locks are not taken, so that a database belongs to one connection. Temporary files are refused; use
/// `temp_store=MEMORY`. Paths are the file system's own, from its root.
///
/// SQLite is told that sectors have 512 bytes and that a write never harms bytes next to its own
/// (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`), which is the fault model of `SimulatedFileSystem` and nothing more. A journal
/// or WAL has its directory synced with its own first sync, by the same rule as in SQLite's `os_unix.c`.
///
/// SQLite draws the salts of a WAL from one generator in the process, not from the VFS: they differ between runs of one
/// seed. The sequence of calls does not depend on them.
public final class SimulatedVFS: Sendable {
    /// What `sqlite3_open_v2` is given as its last argument. Unique in the process.
    public let name: String
    private let registration: Mutex<Registration?>

    private static let lastNumber = Atomic(0)

    /// Registers the VFS, not as the default one.
    ///
    /// - Parameters:
    ///   - seed: of what SQLite asks the VFS for random bytes.
    ///   - milliseconds: the time since 1970 for SQLite's date functions.
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

    /// Takes the VFS out of SQLite. Close its connections first. A second call does nothing.
    public func unregister() {
        registration.withLock { registration in
            registration?.remove()
            registration = nil
        }
    }

    /// What SQLite holds pointers to while the VFS is registered.
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
