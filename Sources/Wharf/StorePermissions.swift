import DurableFiles
import UploadCore

/// Keeps a store, or a backup, from the other users of the machine.
enum StorePermissions {
    /// What earlier releases or other programs may have left readable for others. What the store creates is private.
    private static let names = [
        StoreNames.lock, StoreNames.reserve, StoreNames.catalogue, StoreNames.log, "bytes", "quarantine",
    ]

    /// Requires that other users cannot replace the files of a directory: they would be read as the store.
    ///
    /// Others may be able to list the directory; its files are private.
    ///
    /// - Returns: The problem and its remedy; nil if there is none.
    static func problem(
        of directory: String, _ permissions: FilePermissions, for user: UInt32 = POSIXFileSystem.currentUser
    ) -> String? {
        guard permissions.isWritableByOthers(than: user) else { return nil }
        if permissions.user != user, permissions.user != 0 {
            return "the directory \(directory) belongs to user \(permissions.user), and this process runs as user "
                + "\(user); run it as the owner of the directory, or `chown -R` the directory"
        }
        return "other users may write to the directory \(directory) (mode \(permissions.octalMode)); run "
            + "`chmod go-w \(directory)`, or use a new directory in it"
    }

    /// Makes the files of a store private, unless they belong to another user.
    static func makePrivate(_ files: POSIXFileSystem) throws(FileError) {
        for name in names { try files.makePrivate(name) }
    }
}
