import CatalogueRows
package import SessionCore
import Synchronization
package import UploadCore

/// The catalogue of a backup, for reading. Every call blocks.
package final class CatalogueSnapshot: Sendable {
    private let queries: Mutex<Queries>

    /// Opens the file exclusively. An empty log is beside it until `close`.
    ///
    /// - Throws: `unavailable`, `store_full`; `store_corrupt` if it is no database.
    package init(path: String, vfs: String?) throws(UploadError) {
        let connection = try Connection(path: path, vfs: vfs)
        try connection.execute("PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY")
        queries = Mutex(Queries(connection))
    }

    /// See `CatalogueSQLite.referredFiles`.
    package func referredFiles(after last: Int64, limit: Int) throws(UploadError) -> [ReferredFile] {
        try queries.withLock { queries throws(UploadError) in try queries.referredFiles(after: last, limit: limit) }
    }

    package func countReferredFiles() throws(UploadError) -> Int {
        try queries.withLock { queries throws(UploadError) in try queries.countReferredFiles() }
    }

    /// The id of the store; a backup has that of its store.
    package func storeId() throws(UploadError) -> [UInt8]? {
        try queries.withLock { queries throws(UploadError) in try queries.storeId() }
    }

    /// The state of an upload; nil if the catalogue does not know it.
    package func status(of upload: SessionId) throws(UploadError) -> SessionStatus? {
        try queries.withLock { queries throws(UploadError) in try queries.head(upload)?.status }
    }

    /// Do not call anything afterwards.
    package func close() {
        queries.withLock { $0.connection.close() }
    }
}
