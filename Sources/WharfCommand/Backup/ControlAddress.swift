import DurableFiles
import Glibc

/// The path of a store's control socket: the Unix domain socket `control` in its directory, with mode 0600.
///
/// The path of a Unix domain socket has at most 107 bytes (unix(7)). A longer one is replaced by a path through
/// `/proc/self/fd`, with a descriptor of the directory that is open as long as this value.
final class ControlAddress: Sendable {
    static let name = "control"
    private static let pathBytesMax = 107

    let path: String
    private let directory: Int32?

    /// Blocks.
    ///
    /// - Throws: code `notFound`, `permission` and others of `open`, for a long path only.
    init(of directory: String) throws(FileError) {
        let full = directory + "/" + Self.name
        guard full.utf8.count > Self.pathBytesMax else {
            path = full
            self.directory = nil
            return
        }
        let descriptor = directory.withCString { Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard descriptor >= 0 else { throw FileError(.other, errno: errno, call: "open", path: directory) }
        self.directory = descriptor
        path = "/proc/self/fd/\(descriptor)/\(Self.name)"
    }

    deinit {
        if let directory { _ = Glibc.close(directory) }
    }

    /// Listens with mode 0600, and replaces the socket of a killed server. Blocks. The caller holds the store's lock.
    ///
    /// - Returns: The socket, which the caller closes.
    func listen() throws(FileError) -> Int32 {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw FileError(.other, errno: errno, call: "socket", path: path) }
        unlink(path)
        // Linux creates the file with the mode of the socket, so that no other user can connect before a `chmod`.
        guard fchmod(descriptor, 0o600) == 0, bind(descriptor) == 0, Glibc.listen(descriptor, 8) == 0 else {
            let number = errno
            _ = Glibc.close(descriptor)
            throw FileError(.other, errno: number, call: "bind", path: path)
        }
        return descriptor
    }

    private func bind(_ descriptor: Int32) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(Self.pathBytesMax)) }
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }

    /// Removes the name. Blocks.
    func remove() {
        unlink(path)
    }
}
