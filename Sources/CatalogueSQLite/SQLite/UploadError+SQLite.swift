import CSQLite
import UploadCore

extension UploadError {
    /// What an error of SQLite means to the engine.
    init(sqlite code: Int32, _ detail: String) {
        let detail = "SQLite error \(code): \(detail)"
        switch code & 0xFF {
        case SQLITE_FULL: self.init(.storeFull)
        case SQLITE_BUSY, SQLITE_LOCKED: self.init(.storeLocked)
        // A constraint that fails is one that the engine had checked before.
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_CONSTRAINT, SQLITE_MISMATCH:
            self.init(.storeCorrupt(detail: detail))
        default: self.init(.unavailable(detail: detail))
        }
    }
}
