import CSQLite
import UploadCore

/// A copy of an open database to another file, a few pages at a time (`sqlite3_backup`).
///
/// Between two steps the source may be used: the pages that it commits and that were copied before go into the copy with
/// the commit. The copy is the state of the source at its last step.
package final class DatabaseCopy {
    /// The pages of the database, and those that are not copied yet.
    package struct Progress: Hashable, Sendable {
        package let pages: Int
        package let remaining: Int
        package let isComplete: Bool
    }

    private let target: Connection
    private let targetPath: String
    private var backup: OpaquePointer?

    /// - Parameter path: An empty file.
    init(of source: Connection, to path: String, vfs: String?) throws(UploadError) {
        targetPath = path
        target = try Connection(path: path, vfs: vfs)
        // The file is worthless until it is complete, and is synced by the caller then.
        try target.execute(
            """
            PRAGMA locking_mode = EXCLUSIVE;
            PRAGMA journal_mode = OFF;
            PRAGMA synchronous = OFF;
            PRAGMA temp_store = MEMORY;
            """)
        backup = sqlite3_backup_init(target.handle, "main", source.handle, "main")
        guard backup != nil else { throw target.failure(sqlite3_errcode(target.handle), "a copy to “\(path)”") }
    }

    deinit {
        end()
    }

    /// Copies up to `pages` pages. Blocks. Not while the source is in a transaction.
    ///
    /// - Throws: `store_full` for the disk of the copy; `unavailable` and `store_corrupt` for either file.
    func step(pages: Int) throws(UploadError) -> Progress {
        guard let backup else { throw UploadError(.unavailable(detail: "the copy of the catalogue has ended")) }
        let code = sqlite3_backup_step(backup, Int32(clamping: pages))
        let progress = Progress(
            pages: Int(sqlite3_backup_pagecount(backup)), remaining: Int(sqlite3_backup_remaining(backup)),
            isComplete: code == SQLITE_DONE)
        guard code == SQLITE_OK || code == SQLITE_DONE else {
            let message = String(cString: sqlite3_errstr(code))
            throw UploadError(sqlite: code, "\(message), copying the catalogue to “\(targetPath)”")
        }
        if code == SQLITE_DONE { end() }
        return progress
    }

    /// Releases the source and closes the copy, which is worthless unless the last step was complete. Idempotent.
    func end() {
        guard let backup else { return }
        sqlite3_backup_finish(backup)
        self.backup = nil
        target.close()
    }
}
