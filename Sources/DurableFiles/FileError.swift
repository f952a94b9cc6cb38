/// A file system call that failed. `description` names the file and is for the log, never for a client.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        case notFound, noSpace, locked, permission, tooManyOpenFiles, io, invalid, other
        /// Only of simulated file systems: the machine has stopped.
        case crashed
    }

    public let code: Code
    /// The system's own error number, where there was one.
    public let errno: Int32?
    /// The call, as POSIX names it.
    public let call: String
    public let path: String

    public init(_ code: Code, errno: Int32? = nil, call: String, path: String) {
        self.code = code
        self.errno = errno
        self.call = call
        self.path = path
    }

    public var description: String {
        "\(call) of “\(path)” failed: \(code.rawValue)" + (errno.map { " (errno \($0))" } ?? "")
    }
}
