import DeliberateFaults
import Glibc

/// A failed file system call. `description` names the file and belongs in the log, never in an answer to a client.
public struct FileError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        case notFound, noSpace, locked, permission, tooManyOpenFiles, io, invalid, other
        /// A symbolic link in the place of a file or a directory.
        case symbolicLink
        /// Simulated file systems only: the machine has stopped.
        case crashed
    }

    public let code: Code
    /// The system's error number, if the system reported one.
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
        let system = errno.map { String(cString: strerror($0)) } ?? code.rawValue
        return "\(call) of “\(path)” failed: \(code == .symbolicLink ? Self.linkReason : system)"
    }
}

extension FileError {
    /// The system says “Too many levels of symbolic links” for one that is not followed.
    private static let linkReason = "a symbolic link is not followed"

    /// Why the call failed, for people; it does not name the file.
    package var reason: String {
        switch code {
        case .notFound: "there is no such file"
        case .locked: "another process is using it"
        case .symbolicLink: Self.linkReason
        default:
            switch errno {
            case EISDIR: "it is a directory"
            case EFBIG: "it is too large for its purpose"
            case ENODATA where call == "read": "it is a pipe without bytes, or one that was read before"
            case ENOTSUP where call == "read": "it is no regular file"
            case ETIMEDOUT where call == "read": "it is a pipe, and its end did not come in time"
            case ENXIO where call == "open": "it is a socket, or a pipe that nothing reads"
            case let number?: String(cString: strerror(number))
            case nil: "\(call) failed (\(code.rawValue))"
            }
        }
    }

    /// The error for a value of `errno`.
    init(errno: Int32, call: String, path: String) {
        self.init(Code(errno: errno), errno: errno, call: call, path: path)
    }
}

extension FileError.Code {
    /// Groups error numbers by the possible reactions. `EWOULDBLOCK` comes only from `flock` here, `EEXIST` only from a
    /// name that must not exist, or a `mkdir` that found something other than a directory, and `ELOOP` from `O_NOFOLLOW`, or a loop of links.
    init(errno: Int32) {
        switch errno {
        case ENOENT: self = .notFound
        case ENOSPC, EDQUOT: self = .noSpace
        case EWOULDBLOCK: self = .locked
        case EACCES, EPERM, EROFS: self = .permission
        case EMFILE, ENFILE: self = .tooManyOpenFiles
        case EIO: self = .io
        case ELOOP: self = .symbolicLink
        case EINVAL, EEXIST, EFBIG, EOVERFLOW, EBADF, EISDIR, ENOTDIR, ENAMETOOLONG: self = .invalid
        default: self = .other
        }
    }
}

/// The value of `errno` after a failed system call.
struct SystemErrorNumber: Error {
    let value: Int32
}

/// Repeats a system call until no signal interrupts it. `-1` means failure, as everywhere in POSIX.
///
/// `errno` is read right after the call, before any Swift code that could allocate, free or suspend. Callers therefore
/// pass C strings and raw pointers, and convert the number to an error afterwards.
@inline(__always)
func uninterrupted<Value: SignedInteger>(_ call: () -> Value) -> Result<Value, SystemErrorNumber> {
    while true {
        let value = call()
        if value != -1 { return .success(value) }
        let number = errno
        if number == EINTR, !DeliberateFault.failWhenInterrupted.isOn { continue }
        return .failure(SystemErrorNumber(value: number))
    }
}

extension Result where Failure == SystemErrorNumber {
    /// Converts the failure to an error with the names of the call and the file.
    func get(_ call: String, _ path: String) throws(FileError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let number): throw FileError(errno: number.value, call: call, path: path)
        }
    }
}
