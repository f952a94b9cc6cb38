import DurableFiles
import UploadCore

/// The failure of a backup. The store is unharmed, and so is the former backup: it stays the one in the directory.
///
/// For the operator: the message names directories and files.
public struct BackupError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// Another backup of the store is being made.
        case running = "backup_running"
        /// The directory is no backup and not empty, or lies in the store.
        case unusableTarget = "backup_target_unusable"
        /// A store is open in the directory, or was not closed.
        case targetInUse = "backup_target_in_use"
        case targetFull = "backup_target_full"
        /// A call on the directory failed.
        case targetFailed = "backup_target_failed"
        /// The store could not be read; `message` has its error.
        case storeFailed = "backup_store_failed"
        case cancelled = "backup_cancelled"
    }

    public let code: Code
    public let message: String
    public let advice: String

    package init(_ code: Code, _ message: String, advice: String) {
        self.code = code
        self.message = message
        self.advice = advice
    }

    public var description: String { "\(code.rawValue): \(message) \(advice)" }
}

extension BackupError {
    static let cancelled = BackupError(
        .cancelled, "The backup was stopped.", advice: "Run it again: it continues with what is missing.")

    static func inUse(_ target: String) -> BackupError {
        BackupError(
            .targetInUse, "“\(target)” is in use as a store, or by another backup.",
            advice: "Choose another directory, or stop the other process.")
    }

    init(target: String, _ error: FileError) {
        switch error.code {
        case .noSpace:
            self.init(
                .targetFull, "The disk of the backup “\(target)” is full: \(error).",
                advice: "Free space there, then run the backup again. The former backup is intact.")
        case .locked: self = .inUse(target)
        case _ where Task.isCancelled: self = .cancelled
        default:
            self.init(
                .targetFailed, "The backup in “\(target)” failed: \(error).",
                advice: "Check the directory and its permissions for the process that has the store open.")
        }
    }

    /// - Parameter error: Of the copy of the catalogue, whose full disk is that of the backup.
    init(copyTo target: String, _ error: UploadError) {
        switch error.code {
        case .storeFull:
            self.init(
                .targetFull, "The disk of the backup “\(target)” is full: \(error.debugDescription).",
                advice: "Free space there, then run the backup again. The former backup is intact.")
        default: self.init(store: error)
        }
    }

    init(store error: UploadError) {
        self.init(
            .storeFailed, "The catalogue could not be copied: \(error.debugDescription).",
            advice: "Look at the log of the server, then run the backup again.")
    }
}
