import DurableFiles
import UploadCore

/// The directory of a backup, locked as the store that it may become. Every call blocks.
struct BackupDirectory<Files: FileSystem>: Sendable {
    private let location: BackupLocation<Files>
    private let lock: Files.File

    private var files: Files { location.files }

    /// Locks the directory and marks it as a backup; removes the remains of an unfinished one.
    ///
    /// - Throws: `unusableTarget`, `targetInUse`, `targetFull`, `targetFailed`.
    init(_ location: BackupLocation<Files>) throws(BackupError) {
        let files = location.files
        self.location = location
        // Before the lock, too, which would create its file in a directory with other content.
        try Self.requireUsable(location)
        lock = try BackupError.translating(location.name) { () throws(FileError) in
            try files.lock(StoreNames.lock)
        }
        do throws(BackupError) {
            try Self.requireUsable(location)
            try BackupError.translating(location.name) { () throws(FileError) in try prepare() }
        } catch {
            files.close(lock)
            throw error
        }
    }

    func close() {
        files.close(lock)
    }

    private static func requireUsable(_ location: BackupLocation<Files>) throws(BackupError) {
        let files = location.files
        let (names, hasLog) = try BackupError.translating(location.name) { () throws(FileError) in
            let names = Set(try files.list(""))
            return (names, try files.size(at: StoreNames.log) ?? 0 > 0)
        }
        guard names.contains(BackupNames.marker) || names.isSubset(of: [StoreNames.lock]) else {
            if names.contains(StoreNames.lock) { try requireClosed(location) }
            throw BackupError(
                .unusableTarget, "“\(location.name)” is not empty and not a backup.",
                advice: "Give an empty or new directory, or that of a former backup.")
        }
        // The log may have pages of an opening that was killed; without them the former backup is damaged.
        guard !hasLog else {
            throw BackupError(
                .targetInUse, "“\(location.name)” is open as a store, or was not closed.",
                advice: "Stop its process, or run `wharf check \(location.name)`, which closes it.")
        }
    }

    /// Distinguishes the store of a running server, in the message.
    private static func requireClosed(_ location: BackupLocation<Files>) throws(BackupError) {
        let files = location.files
        try BackupError.translating(location.name) { () throws(FileError) in
            files.close(try files.lock(StoreNames.lock))
        }
    }

    private func prepare() throws(FileError) {
        for suffix in ["", "-journal", "-wal"] { _ = try files.remove(BackupNames.newCatalogue + suffix) }
        // A check of the backup leaves the reserve of a store.
        _ = try files.remove(StoreNames.reserve)
        let marker = try files.open(BackupNames.marker, .readWriteCreating)
        defer { files.close(marker) }
        if try files.size(marker) == 0 {
            try Array(BackupNames.markerText.utf8).withBytes { bytes throws(FileError) in
                try files.write(marker, bytes, at: 0)
            }
            try files.syncData(marker)
        }
        // With the entry of a marker whose maker was killed.
        try files.syncDirectory("")
    }

    // MARK: - The catalogue

    var hasCatalogue: Bool {
        get throws(BackupError) {
            try BackupError.translating(location.name) { () throws(FileError) in
                try files.list("").contains(StoreNames.catalogue)
            }
        }
    }

    /// Creates the empty file of the new catalogue with mode 0600.
    func createCatalogue() throws(FileError) {
        files.close(try files.open(BackupNames.newCatalogue, .creatingNew))
    }

    /// Syncs the new catalogue and replaces the former one: from then on the directory is the new backup.
    func publishCatalogue() throws(FileError) {
        let file = try files.open(BackupNames.newCatalogue, .readWrite)
        do throws(FileError) {
            try files.syncData(file)
        } catch {
            files.close(file)
            throw error
        }
        files.close(file)
        // The empty log of a reader that was killed.
        _ = try files.remove(StoreNames.log)
        try files.syncDirectory("")
        try files.rename(BackupNames.newCatalogue, to: StoreNames.catalogue)
        try files.syncDirectory("")
    }
}

extension BackupError {
    static func translating<Value>(
        _ target: String, _ body: () throws(FileError) -> Value
    ) throws(BackupError) -> Value {
        do throws(FileError) {
            return try body()
        } catch {
            throw BackupError(target: target, error)
        }
    }
}
