public import BlobStorage
public import CatalogueSQLite
public import DurableFiles
public import SessionCore
public import UploadCore

/// A store: a directory with its lock, its catalogue and its objects, and the upload service on top.
///
/// Opening acquires the lock, creates missing directories, refuses a newer format or migrates an older one, and repairs
/// the traces of a crash, in this order. One process owns a store: a second one is refused with `store_locked` until
/// the first has ended, however it ended.
public final class UploadStore<Files: FileSystem, Pool: BlockingPool, Time: WallClock>: Sendable {
    public typealias Blobs = FileBlobStore<Files, Pool>
    public typealias Service = UploadService<CatalogueSQLite, Blobs, Time>

    /// The service for all operations on uploads, blobs, capsules and memories.
    public let uploads: Service
    /// The repairs that were made when the store was opened.
    public let repairs: [Recovery.Repair]
    private let files: Files
    private let pool: Pool
    private let lock: Files.File

    /// Opens a store; creates it if the directory is empty.
    ///
    /// - Parameters:
    ///   - durability: The failures that an acknowledgement survives. May differ from one opening to the next.
    ///   - observer: Notified of every sync and every commit.
    /// - Throws: `store_locked`, `unsupported_format`, `store_corrupt`, `store_full`, `unavailable`; `invalid_argument`
    ///   for inconsistent limits.
    public init(
        _ location: StoreLocation<Files, Pool>, clock: Time, durability: Durability = .powerLoss,
        limits: Limits = Limits(), ids: IdSource = IdSource(), observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        let files = location.files
        let lock = try await location.pool.run { () throws(UploadError) in
            do throws(FileError) {
                return try files.lock("LOCK")
            } catch {
                throw error.code == .locked ? UploadError(.storeLocked) : UploadError(.unavailable(detail: "\(error)"))
            }
        }
        do throws(UploadError) {
            let blobs = Blobs(
                files: files, pool: location.pool, durability: durability, shards: location.shards, observer: observer)
            try await blobs.prepare()
            let catalogue = try await CatalogueSQLite(
                path: location.cataloguePath, vfs: location.vfs, pool: location.cataloguePool, durability: durability,
                limits: limits, observer: observer)
            do throws(UploadError) {
                uploads = try Service(catalogue: catalogue, blobs: blobs, clock: clock, limits: limits, ids: ids)
                repairs = try await uploads.maintenance.recover()
            } catch {
                await catalogue.close()
                throw error
            }
        } catch {
            files.close(lock)
            throw error
        }
        self.files = files
        pool = location.pool
        self.lock = lock
    }

    /// Closes the catalogue and releases the lock. Do not call anything afterwards.
    public func close() async {
        await uploads.sessions.catalogue.close()
        await pool.run { self.files.close(self.lock) }
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
