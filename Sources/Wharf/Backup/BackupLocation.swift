public import DurableFiles

/// The directory of a backup.
public struct BackupLocation<Files: FileSystem>: Sendable {
    /// Rooted at the directory, which exists.
    let files: Files
    /// The name of the directory in messages.
    let name: String
    /// The path of a file of the directory for the VFS.
    let databasePath: @Sendable (String) -> String
    /// The SQLite VFS; nil for the system's own.
    let vfs: String?

    package init(
        files: Files, name: String, vfs: String?, databasePath: @escaping @Sendable (String) -> String
    ) {
        self.files = files
        self.name = name
        self.vfs = vfs
        self.databasePath = databasePath
    }
}

/// The names in the directory of a backup that a store does not have.
enum BackupNames {
    /// Marks a directory as a backup, until it is opened as a store.
    static let marker = "BACKUP"
    static let markerText = "Made by `wharf backup`, which keeps it up to date. Restored by `wharf serve --data`.\n"
    /// The catalogue until all its objects are in place.
    static let newCatalogue = "catalogue.db.new"
}
