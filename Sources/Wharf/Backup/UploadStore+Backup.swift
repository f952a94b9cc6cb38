import BlobStorage
import CatalogueSQLite
public import DurableFiles
import Glibc
import SessionCore
import Synchronization
import UploadCore

extension UploadStore {
    /// Backs the store up into a directory while it is in use. Uploads go on; the files of uploads that end meanwhile are
    /// removed afterwards.
    ///
    /// The backup is the store at one moment of this call: every blob that was committed then, and every pending upload
    /// with the bytes that were durable. Objects that a former backup in the directory has already stay there. If the
    /// call fails, or the process is killed, the former backup is intact.
    ///
    /// - Parameters:
    ///   - linking: Whether committed objects may be hard links to the store's. They then take no space and no time, and
    ///     do not survive a damaged disk.
    ///   - progress: Called on any thread, at least once a page of 256 objects. Must return at once.
    /// - Returns: The result. Damaged objects of the store do not fail the backup; they are listed.
    /// - Throws: `BackupError`; `cancelled` if the task is cancelled.
    public func backUp(
        to location: BackupLocation<Files>, linking: Bool = true,
        progress: @escaping @Sendable (BackupSummary) -> Void = { _ in }
    ) async throws(BackupError) -> BackupSummary {
        guard isBackingUp.compareExchange(expected: false, desired: true, ordering: .acquiringAndReleasing).exchanged
        else {
            throw BackupError(
                .running, "Another backup of the store is being made.", advice: "Wait for its end, or stop it.")
        }
        defer { isBackingUp.store(false, ordering: .releasing) }
        let pool = pool
        let directory = try await pool.run { () throws(BackupError) in try BackupDirectory(location) }
        let result: Result<BackupSummary, BackupError>
        do throws(BackupError) {
            result = .success(try await backUp(to: location, directory, linking: linking, progress))
        } catch {
            result = .failure(error)
        }
        await pool.run { directory.close() }
        return try result.get()
    }

    private func backUp(
        to location: BackupLocation<Files>, _ directory: BackupDirectory<Files>, linking: Bool,
        _ progress: @escaping @Sendable (BackupSummary) -> Void
    ) async throws(BackupError) -> BackupSummary {
        let sessions = uploads.sessions
        let freeBytesMin = sessions.limits.freeBytesMin
        let backup = StoreBackup(
            catalogue: sessions.catalogue,
            objects: BackupObjects(
                of: sessions.blobs, in: location.files, links: linking, freeBytesMin: freeBytesMin),
            pool: pool, location: location, freeBytesMin: freeBytesMin, progress: progress)
        sessions.removals.hold()
        let result: Result<(BackupSummary, Set<ObjectKey>), BackupError>
        do throws(BackupError) {
            result = .success(try await backup.run(directory))
        } catch {
            result = .failure(error)
        }
        sessions.removals.release()
        // If this fails, the next sweep does it.
        try? await sessions.collectGarbage()
        var (summary, keys) = try result.get()
        try await backup.removeOthers(keys, &summary)
        progress(summary)
        return summary
    }
}

extension UploadStore where Files == POSIXFileSystem {
    /// As `backUp(to:linking:progress:)`, into a directory of this machine, which is created if it does not exist.
    ///
    /// - Throws: `BackupError`; `unusableTarget` also for a directory in the store, and for one that others may write to.
    public func backUp(
        to directory: String, linking: Bool = true,
        progress: @escaping @Sendable (BackupSummary) -> Void = { _ in }
    ) async throws(BackupError) -> BackupSummary {
        let store = self.directory.root
        let files = try await pool.run { () throws(BackupError) in
            guard !Self.isInside(directory, store) else {
                throw BackupError(
                    .unusableTarget, "“\(directory)” is in the store’s directory.",
                    advice: "Choose a directory elsewhere, at best on another disk.")
            }
            let (files, permissions) = try BackupError.translating(directory) { () throws(FileError) in
                let files = try POSIXFileSystem(creatingRoot: directory)
                return (files, try files.permissionsOfRoot())
            }
            if let problem = StorePermissions.problem(of: directory, permissions) {
                throw BackupError(
                    .unusableTarget, "“\(directory)” is not safe from other users: \(problem).",
                    advice: "Then run the backup again.")
            }
            return files
        }
        let root = files.root
        return try await backUp(
            to: BackupLocation(files: files, name: root, vfs: nil) { root + "/" + $0 }, linking: linking,
            progress: progress)
    }

    /// Whether a path, which need not exist, is a directory or below it, with all links followed. Blocks.
    private static func isInside(_ path: String, _ directory: String) -> Bool {
        guard let outer = resolved(directory) else { return false }
        var components = path.split(separator: "/", omittingEmptySubsequences: false)
        while true {
            let prefix = components.joined(separator: "/")
            if let inner = resolved(prefix.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : prefix) {
                return inner == outer || inner.hasPrefix(outer == "/" ? outer : outer + "/")
            }
            if components.popLast() == nil { return false }
        }
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}

extension CatalogueSQLite {
    /// Removes what an unfinished backup, whose catalogue never arrived, left beside the objects of this one.
    func removeUnreferenced<Files: FileSystem, Pool: BlockingPool>(
        from blobs: FileBlobStore<Files, Pool>, _ files: Files
    ) async throws(UploadError) -> [Recovery.Repair] {
        var keys: Set<ObjectKey> = []
        var last: Int64 = 0
        while true {
            let page = try await referredFiles(after: last, limit: 1024)
            guard let end = page.last?.position else { break }
            last = end
            keys.formUnion(page.map(\.key))
        }
        let objects = BackupObjects(of: blobs, in: files, links: false, freeBytesMin: 0)
        do throws(FileError) {
            return try await objects.removeAll(except: keys).map(Recovery.Repair.removeGarbage)
        } catch {
            throw UploadError(.unavailable(detail: error.description))
        }
    }
}
