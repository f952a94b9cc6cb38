public import BlobStorage
public import CatalogueSQLite
public import DurableFiles
public import SessionCore
public import UploadCore

/// One store: a directory with its lock, its catalogue and its objects, and the upload service on top.
///
/// Opening takes the lock, refuses a store of a newer format, migrates one of an older, makes the directories that are
/// missing and repairs what a crash left, in this order. One process owns a store: a second one is refused until the first
/// has ended, however it ended.
public final class UploadStore<Files: FileSystem, Pool: BlockingPool, Time: WallClock>: Sendable {
    public typealias Blobs = FileBlobStore<Files, Pool>
    public typealias Service = UploadService<CatalogueSQLite, Blobs, Time>

    /// What everybody calls.
    public let uploads: Service
    /// What was repaired when the store was opened.
    public let repairs: [Recovery.Repair]
    private let files: Files
    private let lock: Files.File

    /// Opens a store, making it if the directory is empty.
    ///
    /// - Parameters:
    ///   - place: Where it is and how it is reached.
    ///   - durability: What an acknowledgement is to survive. May differ from one opening to the next.
    ///   - observer: Is told of every sync and every commit.
    /// - Throws: `store_locked`, `unsupported_format`, `store_corrupt`, `store_full`, `unavailable`; `invalid_argument` for
    ///   limits that make no sense.
    public init(
        _ place: StorePlace<Files, Pool>, clock: Time, durability: Durability = .powerLoss, limits: Limits = Limits(),
        ids: IdSource = IdSource(), observer: (any StoreObserver)? = nil
    ) async throws(UploadError) {
        let files = place.files
        let lock = try await place.pool.run { () throws(UploadError) in
            do throws(FileError) {
                return try files.lock("LOCK")
            } catch {
                throw error.code == .locked ? UploadError(.storeLocked) : UploadError(.unavailable(detail: "\(error)"))
            }
        }
        do throws(UploadError) {
            let blobs = Blobs(
                files: files, pool: place.pool, durability: durability, shards: place.shards, observer: observer)
            try await blobs.prepare()
            let catalogue = try await CatalogueSQLite(
                path: place.cataloguePath, vfs: place.vfs, pool: place.cataloguePool, durability: durability,
                observer: observer)
            do throws(UploadError) {
                uploads = try Service(catalogue: catalogue, blobs: blobs, clock: clock, limits: limits, ids: ids)
                repairs = try await uploads.sessions.recover()
            } catch {
                await catalogue.close()
                throw error
            }
        } catch {
            files.close(lock)
            throw error
        }
        self.files = files
        self.lock = lock
    }

    /// Ends the use of the store. Nothing may be called afterwards.
    public func close() async {
        await uploads.sessions.catalogue.close()
        files.close(lock)
    }

    /// Walks all invariants of the store, changing nothing. See `SessionCompat.check`.
    public func check() async throws(UploadError) -> CheckReport {
        try await uploads.sessions.check()
    }

    /// Performs the repairs that a report names. See `SessionCompat.repair`.
    public func repair(_ report: CheckReport) async throws(UploadError) -> Int {
        try await uploads.sessions.repair(report)
    }
}
