import DurableFiles
import Glibc
import UploadClient

/// Where `wharf get` writes. Pure but for looking at the path.
enum GetTarget: Hashable, Sendable {
    case standardOutput
    case file(path: String)
    /// Without a slash at its end; "." for the working directory, an empty path for the root.
    case directory(path: String)

    /// - Parameters:
    ///   - output: As given with `--output`; nil for none.
    ///   - isSeveral: Whether several files may be written.
    static func choose(_ output: String?, isSeveral: Bool, isDirectory: (String) -> Bool) -> GetTarget {
        guard let output else { return .directory(path: ".") }
        if output == "-" { return .standardOutput }
        guard isSeveral || output.hasSuffix("/") || isDirectory(output) else { return .file(path: output) }
        let path = output.prefix(upTo: output.lastIndex { $0 != "/" }.map(output.index(after:)) ?? output.startIndex)
        return .directory(path: String(path))
    }

    /// Blocks.
    static func isDirectory(_ path: String) -> Bool {
        (try? FileStatus(path: path))?.kind == .directory
    }
}

/// The permissions of files and directories that a user asked for, as other programs give them: the process itself has
/// the strictest umask, see `WharfCommand.main`.
enum UserPermissions {
    /// The umask that the process was started with. The first use sets the strict one.
    static let umaskAtStart = umask(0o077)

    static var file: UInt32 { 0o666 & ~UInt32(umaskAtStart) }
    private static var directory: UInt32 { 0o777 & ~UInt32(umaskAtStart) }

    /// Creates a directory and its missing ancestors. Blocks.
    static func createDirectory(_ path: String) throws(ClientError) {
        guard !GetTarget.isDirectory(path) else { return }
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
            try createDirectory(String(path[..<slash]))
        }
        if mkdir(path, 0o700) != 0 {
            let number = errno
            guard number == EEXIST, GetTarget.isDirectory(path) else {
                throw .localFile(path, "mkdir", errno: number)
            }
            return
        }
        if chmod(path, directory) != 0 { throw .localFile(path, "chmod", errno: errno) }
    }
}
