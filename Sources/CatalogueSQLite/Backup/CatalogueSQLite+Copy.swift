package import UploadCore

/// The copy of an open catalogue, for backups. One at a time.
extension CatalogueSQLite {
    /// Begins a copy to an empty file.
    ///
    /// - Parameter vfs: The name of the SQLite VFS of the copy; nil for the system's own.
    /// - Throws: `unavailable`, `store_full`.
    package func beginCopy(to path: String, vfs: String?) async throws(UploadError) {
        try await between { connection throws(UploadError) in try connection.beginCopy(to: path, vfs: vfs) }
    }

    /// Copies the next pages; other calls wait no longer than that. After the last step the copy is the state of the
    /// catalogue at that step, and closed; the caller syncs it.
    ///
    /// - Throws: `store_full` for the disk of the copy; `unavailable`, also if the catalogue had to be opened again since
    ///   the copy began; `store_corrupt`. Call `endCopy` then.
    package func stepCopy(pages: Int) async throws(UploadError) -> DatabaseCopy.Progress {
        try await between { connection throws(UploadError) in try connection.stepCopy(pages: pages) }
    }

    /// Gives an incomplete copy up. Idempotent.
    package func endCopy() async {
        try? await between { connection throws(UploadError) in connection.endCopy() }
    }

    /// One page of the files to which the catalogue refers, in the order of their uploads.
    ///
    /// - Parameter last: The `position` of the last one of the previous page; 0 for the first page.
    package func referredFiles(after last: Int64, limit: Int) async throws(UploadError) -> [ReferredFile] {
        try await read { queries throws(UploadError) in try queries.referredFiles(after: last, limit: limit) }
    }
}
