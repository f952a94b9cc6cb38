import BlobStorage
import CatalogueSQLite
import DurableFiles
import SessionCore
import Synchronization
import UploadCore

/// The names of files in the directory of a store.
enum StoreNames {
    static let lock = "LOCK"
    /// Holds the reserved space.
    static let reserve = "RESERVE"
    static let catalogue = "catalogue.db"
    /// The write-ahead log of the catalogue.
    static let log = "catalogue.db-wal"
}

/// The directory of an open store: its lock, its free space, and the space reserved for ends and deletions.
///
/// The directory is looked at when a caller writes, at most once per `recheckMilliseconds`. In between, admitted bytes
/// count as used.
final class StoreDirectory<Files: FileSystem>: WriteAdmission {
    /// The age at which the findings are renewed.
    static var recheckMilliseconds: Int64 { 100 }

    private struct State {
        /// On the monotonic clock; nil before the first look.
        var lookedAt: Int64?
        var isInPlace = true
        var freeBytes: UInt64 = .max
        var reserve: Files.File?
        /// True while a thread takes the reserve.
        var isTakingReserve = false
    }

    fileprivate let files: Files
    /// Whether the directory was a backup when it was opened.
    let isBackup: Bool
    private let lock: Files.File
    private let path: String
    private let freeBytesMin: UInt64
    private let uptime: @Sendable () -> Int64
    private let state = Mutex(State())

    /// Acquires the lock of a store. Blocks.
    ///
    /// - Parameters:
    ///   - path: The directory, for messages.
    ///   - freeBytesMin: The free space to keep; half as much is reserved. Neither for a backup that stays one.
    ///   - keepsBackup: Whether a backup stays one.
    ///   - uptime: The monotonic clock, in milliseconds.
    /// - Throws: `store_locked`, `unavailable`; `store_corrupt` for a backup that was never finished.
    init(
        files: Files, path: String, freeBytesMin: UInt64, keepsBackup: Bool, uptime: @escaping @Sendable () -> Int64
    ) throws(UploadError) {
        self.files = files
        self.path = path
        self.uptime = uptime
        do throws(FileError) {
            lock = try files.lock(StoreNames.lock)
        } catch {
            throw error.code == .locked ? UploadError(.storeLocked) : UploadError(.unavailable(detail: "\(error)"))
        }
        do throws(UploadError) {
            isBackup = try Self.isBackup(files, path)
        } catch {
            files.close(lock)
            throw error
        }
        self.freeBytesMin = isBackup && keepsBackup ? 0 : freeBytesMin
        // The opening may need the reserve. A failure shows again when a caller writes.
        if self.freeBytesMin > 0 { try? look(ifOlderThan: 0) } else { _ = try? files.remove(StoreNames.reserve) }
    }

    /// Releases the lock and keeps the reserve. Blocks.
    func close() {
        if let reserve = state.withLock({ $0.reserve.take() }) { files.close(reserve) }
        files.close(lock)
    }

    // MARK: - Backups

    /// Whether a directory is a backup that was not opened as a store yet.
    ///
    /// - Throws: `unavailable`; `store_corrupt` if the backup was never finished.
    private static func isBackup(_ files: Files, _ path: String) throws(UploadError) -> Bool {
        let names = try UploadError.translating { () throws(FileError) in try files.list("") }
        guard names.contains(BackupNames.marker) else { return false }
        guard names.contains(StoreNames.catalogue) else {
            throw UploadError(
                .storeCorrupt(detail: "the backup in \(path) is unfinished and has no catalogue; run the backup again"))
        }
        return true
    }

    /// Removes the marker of a backup, durably. Blocks.
    @Sendable func becomeStore() throws(UploadError) {
        try UploadError.translating { () throws(FileError) in
            _ = try files.remove(BackupNames.marker)
            try files.syncDirectory("")
        }
    }

    // MARK: - Admission

    func requireInPlace() throws(UploadError) {
        try look(ifOlderThan: Self.recheckMilliseconds)
        guard state.withLock({ $0.isInPlace }) else {
            throw UploadError(
                .unavailable(
                    detail:
                        "the store’s directory \(path) was moved, removed or hidden by a mount; put it back, or restart"
                ))
        }
    }

    func requireRoom(for byteCount: Int) throws(UploadError) {
        try requireInPlace()
        guard freeBytesMin > 0 else { return }
        if admit(byteCount) == nil { return }
        // Others may have freed space since.
        try look(ifOlderThan: 0)
        guard let freeBytes = admit(byteCount) else { return }
        throw UploadError(
            .spaceLow(
                detail: "\(path) has \(freeBytes) bytes free, \(byteCount) are to be written, \(freeBytesMin) are kept")
        )
    }

    /// - Returns: The free space, if it does not suffice.
    private func admit(_ byteCount: Int) -> UInt64? {
        state.withLock { state in
            let count = UInt64(max(0, byteCount))
            guard state.freeBytes >= freeBytesMin, state.freeBytes - freeBytesMin >= count else {
                return state.freeBytes
            }
            if state.freeBytes != .max { state.freeBytes -= count }
            return nil
        }
    }

    /// Renews the findings. While one thread does, others use the last ones.
    private func look(ifOlderThan age: Int64) throws(UploadError) {
        let now = uptime()
        let (isDue, isFirst) = state.withLock { state in
            if let lookedAt = state.lookedAt, now - lookedAt < age { return (false, false) }
            defer { state.lookedAt = now }
            return (true, state.lookedAt == nil)
        }
        guard isDue else { return }
        do throws(FileError) {
            let isInPlace = try files.isAt(StoreNames.lock, lock)
            state.withLock { $0.isInPlace = isInPlace }
            guard isInPlace, freeBytesMin > 0 else { return }
            let freeBytes = try files.freeBytes()
            state.withLock { $0.freeBytes = freeBytes }
            takeReserve(freeBytes, isFirst: isFirst)
        } catch {
            // Unknown: the next caller looks again.
            state.withLock { $0.lookedAt = nil }
            throw UploadError(.unavailable(detail: "\(error)"))
        }
    }

    // MARK: - The reserve

    /// Suffices for the main file of the catalogue to grow by the longest log, with one transaction of 8 MiB.
    private var reserveBytes: UInt64 { freeBytesMin / 2 }

    func releaseReserve() -> Bool {
        guard let reserve = state.withLock({ $0.reserve.take() }) else { return false }
        defer { files.close(reserve) }
        return (try? files.truncate(reserve, to: 0)) != nil
    }

    /// Reserves the space if there is more than enough. On the first look takes a reserve that exists, however small.
    private func takeReserve(_ freeBytes: UInt64, isFirst: Bool) {
        // Not out of the space that is kept free: the next end would give it up again.
        let hasRoom = freeBytes >= freeBytesMin + reserveBytes
        let isMissing = state.withLock { state in
            guard hasRoom || isFirst, state.reserve == nil, !state.isTakingReserve else { return false }
            state.isTakingReserve = true
            return true
        }
        guard isMissing else { return }
        // A failure leaves a part of it; the next look tries again.
        let reserve = try? openReserve(hasRoom: hasRoom)
        state.withLock { state in
            state.isTakingReserve = false
            state.reserve = reserve
        }
    }

    private func openReserve(hasRoom: Bool) throws(FileError) -> Files.File? {
        let file = try files.open(StoreNames.reserve, .readWriteCreating)
        do throws(FileError) {
            let size = try files.size(file)
            if size < reserveBytes, hasRoom {
                try files.allocate(file, reserveBytes)
                // A power loss would otherwise take it back, and others the space.
                try files.syncData(file)
                try files.syncDirectory("")
            } else if size == 0 {
                files.close(file)
                return nil
            }
            return file
        } catch {
            files.close(file)
            throw error
        }
    }
}

/// A store as its catalogue sees it.
struct CatalogueContext<Files: FileSystem, Pool: BlockingPool>: StoreContext {
    let directory: StoreDirectory<Files>
    let blobs: FileBlobStore<Files, Pool>

    func requireInPlace() throws(UploadError) { try directory.requireInPlace() }
    func requireRoom(for byteCount: Int) throws(UploadError) { try directory.requireRoom(for: byteCount) }
    func releaseReserve() -> Bool { directory.releaseReserve() }
    func catalogueSize() throws(UploadError) -> UInt64 {
        try UploadError.translating { () throws(FileError) in
            try directory.files.size(at: StoreNames.catalogue) ?? 0
        }
    }

    func createCatalogue() throws(UploadError) {
        try UploadError.translating { () throws(FileError) in
            directory.files.close(try directory.files.open(StoreNames.catalogue, .readWriteCreating))
        }
    }

    func holdsObjects() throws(UploadError) -> Bool { try blobs.holdsFiles() }
    func makeDurable() throws(UploadError) { try blobs.makeDurable() }
    func bootId() -> String { directory.files.bootId() }
}

extension StoreDirectory where Files == POSIXFileSystem {
    var root: String { files.root }
}
