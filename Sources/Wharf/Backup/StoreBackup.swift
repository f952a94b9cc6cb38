import BlobStorage
import CatalogueSQLite
import DurableFiles
import SessionCore
import UploadCore

/// One backup of an open store into a directory.
///
/// The catalogue is copied first, then the objects to which that copy refers: these exist as long as nothing is removed.
/// Committed ones never change, and the durable ranges of pending ones are never written again. The copy of the catalogue
/// gets its name last, when everything that it refers to is durable: at any point before, the directory is the former
/// backup with some files more.
struct StoreBackup<Files: FileSystem, Pool: BlockingPool>: Sendable {
    let catalogue: CatalogueSQLite
    let objects: BackupObjects<Files, Pool>
    let pool: Pool
    let location: BackupLocation<Files>
    let freeBytesMin: UInt64
    let progress: @Sendable (BackupSummary) -> Void

    /// Copied between two transactions, which wait for that.
    private static var pagesPerStep: Int { 128 }
    private static var filesPerPage: Int { 256 }

    /// Makes the backup, while nothing removes files of the store.
    ///
    /// - Returns: The summary, and the keys of the objects that the backup needs, for `removeOthers`.
    func run(_ directory: BackupDirectory<Files>) async throws(BackupError) -> (BackupSummary, Set<ObjectKey>) {
        var summary = BackupSummary()
        try await copyCatalogue(directory, &summary)
        try await onTarget { () async throws(FileError) in try await objects.prepare() }
        let (location, pool) = (location, pool)
        let path = location.databasePath(BackupNames.newCatalogue)
        let copy = try await pool.run { () throws(BackupError) in
            try BackupError.translatingCopy(location.name) { () throws(UploadError) in
                try CatalogueSnapshot(path: path, vfs: location.vfs)
            }
        }
        let keys: Set<ObjectKey>
        do throws(BackupError) {
            keys = try await provideObjects(of: copy, directory, &summary)
        } catch {
            await pool.run { copy.close() }
            throw error
        }
        await pool.run { copy.close() }
        try await onTarget { () async throws(FileError) in
            try await objects.syncNames()
            try await pool.run { () throws(FileError) in try directory.publishCatalogue() }
        }
        return (summary, keys)
    }

    /// Removes the objects that only former backups needed.
    func removeOthers(_ keys: Set<ObjectKey>, _ summary: inout BackupSummary) async throws(BackupError) {
        summary.removed = try await onTarget { () async throws(FileError) in
            try await objects.removeAll(except: keys).count
        }
    }

    private func onTarget<Value>(_ body: () async throws(FileError) -> Value) async throws(BackupError) -> Value {
        do throws(FileError) {
            return try await body()
        } catch {
            throw BackupError(target: location.name, error)
        }
    }

    // MARK: - The catalogue

    private func copyCatalogue(
        _ directory: BackupDirectory<Files>, _ summary: inout BackupSummary
    ) async throws(BackupError) {
        let (pool, location) = (pool, location)
        try await onTarget { () async throws(FileError) in
            try await pool.run { () throws(FileError) in try directory.createCatalogue() }
        }
        do throws(UploadError) {
            try await catalogue.beginCopy(to: location.databasePath(BackupNames.newCatalogue), vfs: location.vfs)
        } catch {
            throw BackupError(copyTo: location.name, error)
        }
        do throws(BackupError) {
            while try await copyPages(&summary) {}
        } catch {
            await catalogue.endCopy()
            throw error
        }
    }

    /// - Returns: Whether pages are left.
    private func copyPages(_ summary: inout BackupSummary) async throws(BackupError) -> Bool {
        guard !Task.isCancelled else { throw .cancelled }
        let (pool, files, freeBytesMin) = (pool, location.files, freeBytesMin)
        try await onTarget { () async throws(FileError) in
            try await pool.run { () throws(FileError) in
                try files.requireFree(UInt64(Self.pagesPerStep) * 4096, above: freeBytesMin)
            }
        }
        do throws(UploadError) {
            let copied = try await catalogue.stepCopy(pages: Self.pagesPerStep)
            summary.bytesCopied = UInt64(copied.pages - copied.remaining) * 4096
            progress(summary)
            return !copied.isComplete
        } catch {
            throw BackupError(copyTo: location.name, error)
        }
    }

    // MARK: - The objects

    private func provideObjects(
        of copy: CatalogueSnapshot, _ directory: BackupDirectory<Files>, _ summary: inout BackupSummary
    ) async throws(BackupError) -> Set<ObjectKey> {
        let location = location
        let former = try await pool.run { () throws(BackupError) in
            guard try directory.hasCatalogue else { return FormerCatalogue(snapshot: nil, exists: false) }
            let path = location.databasePath(StoreNames.catalogue)
            return FormerCatalogue(
                snapshot: try? CatalogueSnapshot(path: path, vfs: location.vfs), exists: true)
        }
        do throws(BackupError) {
            guard await pool.run({ former.isOfStore(of: copy) }) else {
                throw BackupError(
                    .unusableTarget, "“\(location.name)” is the backup of another store.",
                    advice: "Was the right store opened? Give another directory, or remove that backup first.")
            }
            let keys = try await provideObjects(of: copy, former, &summary)
            await pool.run { former.snapshot?.close() }
            return keys
        } catch {
            await pool.run { former.snapshot?.close() }
            throw error
        }
    }

    private func provideObjects(
        of copy: CatalogueSnapshot, _ former: FormerCatalogue, _ summary: inout BackupSummary
    ) async throws(BackupError) -> Set<ObjectKey> {
        summary.objects = try await onCopy { () throws(UploadError) in try copy.countReferredFiles() }
        var keys: Set<ObjectKey> = []
        keys.reserveCapacity(summary.objects)
        var last: Int64 = 0
        while true {
            let after = last
            let page = try await onCopy { () throws(UploadError) in
                try copy.referredFiles(after: after, limit: Self.filesPerPage).map { ($0, former.state(of: $0.upload)) }
            }
            guard let end = page.last?.0.position else { return keys }
            last = end
            for (file, state) in page {
                guard !Task.isCancelled else { throw .cancelled }
                keys.insert(file.key)
                let outcome = try await onTarget { () async throws(FileError) in
                    switch file.content {
                    case .whole(let length): try await objects.provide(file.key, length: length, former: state)
                    case .pieces(let ranges): try await objects.provide(file.key, ranges: ranges)
                    }
                }
                try count(outcome, &summary)
                if case .copied = outcome { progress(summary) }
            }
            progress(summary)
        }
    }

    private func onCopy<Value: Sendable>(
        _ body: @escaping @Sendable () throws(UploadError) -> Value
    ) async throws(BackupError) -> Value {
        let name = location.name
        return try await pool.run { () throws(BackupError) in try BackupError.translatingCopy(name, body) }
    }

    private func count(
        _ outcome: BackupObjects<Files, Pool>.Outcome, _ summary: inout BackupSummary
    ) throws(BackupError) {
        switch outcome {
        case .none: break
        case .kept: summary.kept += 1
        case .linked: summary.linked += 1
        case .copied(let bytes):
            summary.copied += 1
            summary.bytesCopied += bytes
        case .damaged(let detail): summary.addDamaged(detail)
        case .failed(let error):
            throw BackupError(
                .storeFailed, "An object of the store could not be read: \(error).",
                advice: "Look at the permissions and the open files of the process, then run the backup again.")
        }
    }
}

extension StoreBackup {
    /// What the catalogue of the former backup says about objects.
    private struct FormerCatalogue: Sendable {
        /// Nil if there is none, or an unreadable one.
        let snapshot: CatalogueSnapshot?
        let exists: Bool

        /// Whether it is a backup of the same store. A damaged one may be of any.
        func isOfStore(of copy: CatalogueSnapshot) -> Bool {
            guard let snapshot, let id = try? snapshot.storeId(), let own = try? copy.storeId() else { return true }
            return id == own
        }

        /// What cannot be read may be pending.
        func state(of upload: SessionId) -> BackupObjects<Files, Pool>.Former {
            guard exists else { return .unknown }
            guard let snapshot else { return .pending }
            do throws(UploadError) {
                switch try snapshot.status(of: upload) {
                case nil: return .unknown
                case .pending: return .pending
                case .committed, .aborted, .expired: return .whole
                }
            } catch {
                return .pending
            }
        }
    }
}

extension BackupError {
    fileprivate static func translatingCopy<Value>(
        _ target: String, _ body: () throws(UploadError) -> Value
    ) throws(BackupError) -> Value {
        do throws(UploadError) {
            return try body()
        } catch {
            throw BackupError(copyTo: target, error)
        }
    }
}
