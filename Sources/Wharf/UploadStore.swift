public import BlobStorage
public import CatalogueSQLite
public import DurableFiles
public import SessionCore
import Synchronization
public import UploadCore

/// A store: a directory with its lock, its catalogue and its objects, and the upload service on top.
///
/// Opening acquires the lock, creates missing directories, refuses a newer format or migrates an older one, and repairs
/// the traces of a crash, in this order. One process owns a store: a second one is refused with `store_locked` until
/// the first has ended, however it ended.
public final class UploadStore<Files: FileSystem, Pool: BlockingPool, Time: WallClock>: Sendable {
    public typealias Blobs = FileBlobStore<Files, Pool>
    public typealias Service = UploadService<CatalogueSQLite, Blobs, Time>
    public typealias Scrubber = UploadCore.Scrubber<CatalogueSQLite, Blobs, Time>

    /// The service for all operations on uploads, blobs, capsules and memories.
    public let uploads: Service
    /// The repairs that were made when the store was opened.
    public let repairs: [Recovery.Repair]
    /// Whether the directory was a backup, and became a store when it was opened.
    public var wasBackup: Bool { directory.isBackup && !keepsBackup }
    private let keepsBackup: Bool
    let pool: Pool
    let directory: StoreDirectory<Files>
    let isBackingUp = Atomic(false)

    /// Opens a store; creates it if the directory is empty. A backup becomes a store: later backups into its directory are
    /// refused.
    ///
    /// - Parameters:
    ///   - durability: The failures that an acknowledgement survives. May differ from one opening to the next: a store
    ///     that was written at `processCrash` is made durable before it opens at `powerLoss`.
    ///   - observer: Notified of every sync and every commit.
    ///   - keepsBackup: Whether a backup stays one, to be checked and replaced later. Change nothing then.
    /// - Throws: `store_locked`, `unsupported_format`, `store_full`, `unavailable`; `store_corrupt`, also for objects
    ///   without their catalogue, and for an unfinished first backup; `invalid_argument` for inconsistent limits.
    public init(
        _ location: StoreLocation<Files, Pool>, clock: Time, durability: Durability = .powerLoss,
        limits: Limits = Limits(), ids: IdSource = IdSource(), observer: (any StoreObserver)? = nil,
        keepsBackup: Bool = false
    ) async throws(UploadError) {
        let directory = try await location.pool.run { () throws(UploadError) in
            try StoreDirectory(
                files: location.files, path: location.name, freeBytesMin: limits.freeBytesMin,
                keepsBackup: keepsBackup, uptime: { clock.uptimeMilliseconds() })
        }
        do throws(UploadError) {
            let blobs = Blobs(
                files: location.files, pool: location.pool, durability: durability, shards: location.shards,
                observer: observer, admission: directory, scanStepBytes: limits.scanStepBytes,
                hashPairing: location.hashPairing, directBytesMin: location.directBytesMin,
                directUploadBytesMin: location.directUploadBytesMin)
            try await blobs.prepare()
            let catalogue = try await CatalogueSQLite(
                path: location.cataloguePath, vfs: location.vfs, pool: location.cataloguePool, durability: durability,
                limits: limits, observer: observer, context: CatalogueContext(directory: directory, blobs: blobs))
            do throws(UploadError) {
                uploads = try Service(catalogue: catalogue, blobs: blobs, clock: clock, limits: limits, ids: ids)
                let maintenance = uploads.maintenance
                var repairs = try await maintenance.recover() + maintenance.recoverPendingUploads()
                if directory.isBackup {
                    repairs += try await catalogue.removeUnreferenced(from: blobs, location.files)
                    if !keepsBackup { try await location.pool.run(directory.becomeStore) }
                }
                self.repairs = repairs
            } catch {
                await catalogue.close()
                throw error
            }
        } catch {
            directory.close()
            throw error
        }
        pool = location.pool
        self.directory = directory
        self.keepsBackup = keepsBackup
    }

    /// Closes the catalogue and releases the lock. Do not call anything afterwards.
    public func close() async {
        await uploads.sessions.catalogue.close()
        await pool.run { self.directory.close() }
    }

    /// Checks all invariants of the store and changes nothing. See `Maintenance.check`.
    public func check() async throws(UploadError) -> CheckReport {
        try await uploads.maintenance.check()
    }

    /// Performs the repairs of a report. See `Maintenance.repair`.
    public func repair(_ report: CheckReport) async throws(UploadError) -> Int {
        try await uploads.maintenance.repair(report)
    }
}
