import CSQLite
import DurableFiles

/// SQLite's extended I/O errors. The header defines them by shifts, which Swift imports only in part.
enum VFSStatus {
    static let read = SQLITE_IOERR | 1 << 8
    static let shortRead = SQLITE_IOERR | 2 << 8
    static let write = SQLITE_IOERR | 3 << 8
    static let sync = SQLITE_IOERR | 4 << 8
    static let syncDirectory = SQLITE_IOERR | 5 << 8
    static let truncate = SQLITE_IOERR | 6 << 8
    static let size = SQLITE_IOERR | 7 << 8
    static let delete = SQLITE_IOERR | 10 << 8
    static let access = SQLITE_IOERR | 13 << 8
    static let close = SQLITE_IOERR | 16 << 8
    static let deleteNoEntry = SQLITE_IOERR | 23 << 8

    /// The body's status, or the one for its error: a full disk is one for every call, a crash is an I/O error.
    static func of(_ failure: Int32, _ body: () throws(FileError) -> Int32) -> Int32 {
        do throws(FileError) {
            return try body()
        } catch {
            return error.code == .noSpace ? SQLITE_FULL : failure
        }
    }
}
