import Glibc

/// The owner and the permission bits of a file or a directory.
package struct FilePermissions: Hashable, Sendable {
    package let user: UInt32
    package let group: UInt32
    /// The lowest twelve bits: `rwx` of user, group and others, with the set-user-id, set-group-id and sticky bits.
    package let mode: UInt32

    package init(user: UInt32, group: UInt32, mode: UInt32) {
        self.user = user
        self.group = group
        self.mode = mode
    }

    init(_ status: stat) {
        self.init(user: status.st_uid, group: status.st_gid, mode: status.st_mode & 0o7777)
    }

    /// The mode in octal digits.
    package var octalMode: String { "0" + String(mode, radix: 8) }

    /// Whether others than the owner, root and `user` may change it.
    ///
    /// A group may change what root owns: only an administrator can have meant that.
    package func isWritableByOthers(than user: UInt32) -> Bool {
        if mode & 0o002 != 0 || self.user != user && self.user != 0 { return true }
        return mode & 0o020 != 0 && self.user == user
    }
}

extension POSIXFileSystem {
    /// The user whose permissions this process has.
    package static var currentUser: UInt32 { geteuid() }

    package func permissions(of file: POSIXFile) throws(FileError) -> FilePermissions {
        try file.requireOpen("fstat")
        var status = stat()
        _ = try uninterrupted { fstat(file.descriptor, &status) }.get("fstat", file.path)
        return FilePermissions(status)
    }

    /// Of the root.
    package func permissionsOfRoot() throws(FileError) -> FilePermissions {
        var status = stat()
        _ = try root.withCString { path in uninterrupted { stat(path, &status) } }.get("stat", root)
        return FilePermissions(status)
    }

    /// Requires that an open file belongs to the user of the process.
    ///
    /// - Throws: code `permission`.
    package func requireOwn(_ file: POSIXFile) throws(FileError) {
        guard try permissions(of: file).user == Self.currentUser else {
            throw FileError(.permission, call: "open (a file of another user)", path: file.path)
        }
    }

    /// Gives an open file an owner, a group and a mode. Only root can change the owner.
    package func setPermissions(_ permissions: FilePermissions, of file: POSIXFile) throws(FileError) {
        let old = try self.permissions(of: file)
        if (old.user, old.group) != (permissions.user, permissions.group) {
            _ = try uninterrupted { fchown(file.descriptor, permissions.user, permissions.group) }
                .get("fchown", file.path)
        }
        // A change of the owner can clear bits of the mode.
        _ = try uninterrupted { fchmod(file.descriptor, permissions.mode) }.get("fchmod", file.path)
    }

    /// Gives an open file permission bits.
    package func setMode(_ mode: UInt32, of file: POSIXFile) throws(FileError) {
        try file.requireOpen("fchmod")
        _ = try uninterrupted { fchmod(file.descriptor, mode) }.get("fchmod", file.path)
    }

    /// Sets the time of modification of an open file.
    ///
    /// - Parameter milliseconds: Since 1970-01-01T00:00:00Z; may be negative.
    package func setModified(milliseconds: Int64, of file: POSIXFile) throws(FileError) {
        try file.requireOpen("futimens")
        let seconds = Int((Double(milliseconds) / 1000).rounded(.down))
        let rest = Int(milliseconds) - seconds * 1000
        // UTIME_OMIT of sys/stat.h, a macro that Swift does not see: the time of access stays.
        let omitted = (1 << 30) - 2
        let times = [
            timespec(tv_sec: 0, tv_nsec: omitted), timespec(tv_sec: seconds, tv_nsec: rest * 1_000_000),
        ]
        _ = try times.withUnsafeBufferPointer { times in
            uninterrupted { futimens(file.descriptor, times.baseAddress) }
        }.get("futimens", file.path)
    }

    /// Takes the permissions of everybody but the owner from a file or a directory. Does nothing if there is none of that
    /// name, if it is a symbolic link, or if it belongs to another user.
    package func makePrivate(_ path: String) throws(FileError) {
        var status = stat()
        let found = absolute(path).withCString { name in uninterrupted { lstat(name, &status) } }
        if case .failure(let number) = found, number.value == ENOENT { return }
        _ = try found.get("lstat", path)
        // Looked at before it is opened: closing a second descriptor of an open database would release its locks.
        guard Self.isOpenToOthers(status), [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT) else { return }
        let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW
        let descriptor = try absolute(path).withCString { name in uninterrupted { Glibc.open(name, flags) } }
            .get("open", path)
        defer { _ = Glibc.close(descriptor) }
        _ = try uninterrupted { fstat(descriptor, &status) }.get("fstat", path)
        guard Self.isOpenToOthers(status) else { return }
        _ = try uninterrupted { fchmod(descriptor, status.st_mode & 0o700) }.get("fchmod", path)
    }

    /// Whether others have permissions that this process may take from them.
    private static func isOpenToOthers(_ status: stat) -> Bool {
        status.st_mode & 0o077 != 0 && status.st_uid == currentUser
    }
}
