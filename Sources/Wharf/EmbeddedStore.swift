import BlobStorage
public import DurableFiles
import Glibc
public import SessionCore
public import UploadCore

/// A store in a directory of this machine.
///
///     let store = try await EmbeddedStore(directory: "./data")
///     let capsule = try await store.uploads.createCapsule(title: "Wedding", by: Principal("anna"))
///     // …
///     await store.close()
public typealias EmbeddedStore = UploadStore<POSIXFileSystem, ThreadPool, SystemClock>

extension UploadStore where Files == POSIXFileSystem, Pool == ThreadPool, Time == SystemClock {
    /// Opens the store in a directory; creates both if they do not exist, for the user of the process alone.
    ///
    /// The directory must belong to this user or to root, and nobody else may have the permission to write to it; only the
    /// group of a directory of root may. Files of the store that others may read are made private.
    ///
    /// - Parameters:
    ///   - threads: The number of threads that write, read, sync and hash.
    ///   - observer: Notified of every sync and every commit.
    ///   - keepsBackup: See the designated initializer.
    ///   - writesDirectly: Whether large writes of uploads from 16 MiB, and of those without a known length, bypass the page
    ///     cache at `powerLoss`, where the file system permits it.
    /// - Throws: As the designated initializer; `unavailable` also for a directory that others may write to.
    public convenience init(
        directory: String, durability: Durability = .powerLoss, limits: Limits = Limits(), threads: Int = 8,
        observer: (any StoreObserver)? = nil, keepsBackup: Bool = false, writesDirectly: Bool = true
    ) async throws(UploadError) {
        let pool = ThreadPool(name: "wharf-io", threads: threads)
        let files = try await pool.run { () throws(UploadError) in
            let problem: String?
            let files: POSIXFileSystem
            do throws(FileError) {
                files = try POSIXFileSystem(creatingRoot: directory)
                problem = StorePermissions.problem(of: directory, try files.permissionsOfRoot())
                if problem == nil { try StorePermissions.makePrivate(files) }
            } catch {
                throw UploadError(.unavailable(detail: "\(error)"))
            }
            if let problem { throw UploadError(.unavailable(detail: problem)) }
            return files
        }
        let location = StoreLocation(
            files: files, directory: directory, pool: pool,
            cataloguePool: ThreadPool(name: "wharf-sql", threads: 1), writesDirectly: writesDirectly)
        try await self.init(
            location, clock: SystemClock(), durability: durability, limits: limits, observer: observer,
            keepsBackup: keepsBackup)
    }
}

extension UploadStore where Files == POSIXFileSystem {
    /// Opens the files of blobs, for transports that let the kernel send them.
    public var files: any OpenFileProvider { uploads.sessions.blobs }
}

/// The location of a store, with the threads that work on it.
public struct StoreLocation<Files: FileSystem, Pool: BlockingPool>: Sendable {
    /// Rooted at the store's directory.
    public let files: Files
    /// Performs the work on objects.
    public let pool: Pool
    /// A pool of one thread, for the work on the catalogue.
    public let cataloguePool: any BlockingPool
    /// The name of the store in messages.
    let name: String
    /// The path of the catalogue's database for its VFS.
    public let cataloguePath: String
    /// The SQLite VFS; nil for the system's own.
    public let vfs: String?
    /// The number of directories that share the objects. Part of the store's format; 256 outside of simulations.
    let shards: Int
    let hashPairing: (any HashPairing)?
    /// The least bytes of one write that bypass the page cache at `powerLoss`; nil for never.
    let directBytesMin: Int?
    /// Of uploads that are known to be smaller no bytes do.
    let directUploadBytesMin: UInt64

    /// A smaller write costs little in the page cache, and would wait for the disk by itself.
    private static var standardDirectBytesMin: Int { 64 << 10 }
    /// Larger than most photos, which gain nothing and are read at once.
    private static var standardDirectUploadBytesMin: UInt64 { 16 << 20 }

    package init(
        files: Files, name: String = "the store", pool: Pool, cataloguePool: any BlockingPool, cataloguePath: String,
        vfs: String?, shards: Int, hashPairing: (any HashPairing)? = nil, directBytesMin: Int? = nil,
        directUploadBytesMin: UInt64 = 0
    ) {
        self.files = files
        self.name = name
        self.pool = pool
        self.cataloguePool = cataloguePool
        self.cataloguePath = cataloguePath
        self.vfs = vfs
        self.shards = shards
        self.hashPairing = hashPairing
        self.directBytesMin = directBytesMin
        self.directUploadBytesMin = directUploadBytesMin
    }

    /// A store in a directory. `files` must be rooted at it.
    ///
    /// - Parameter writesDirectly: See `EmbeddedStore`.
    public init(
        files: Files, directory: String, pool: Pool, cataloguePool: any BlockingPool, writesDirectly: Bool = true
    ) {
        self.init(
            files: files, name: directory, pool: pool, cataloguePool: cataloguePool,
            cataloguePath: directory + "/" + StoreNames.catalogue, vfs: nil, shards: 256,
            hashPairing: HashPairs(threads: max(1, sysconf(CInt(_SC_NPROCESSORS_ONLN)) / 2)),
            directBytesMin: writesDirectly ? Self.standardDirectBytesMin : nil,
            directUploadBytesMin: Self.standardDirectUploadBytesMin)
    }
}

/// The system's real-time clock, and its monotonic clock as uptime.
public struct SystemClock: WallClock {
    public init() {}

    public func now() -> Timestamp {
        Timestamp(milliseconds: read(CLOCK_REALTIME))
    }

    public func uptimeMilliseconds() -> Int64 {
        read(CLOCK_MONOTONIC)
    }

    private func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
