import Glibc

extension FileError {
    /// The error for a number of the system's.
    init(errno: Int32, call: String, path: String) {
        self.init(Code(errno: errno), errno: errno, call: call, path: path)
    }
}

extension FileError.Code {
    /// What a caller can act on. `EWOULDBLOCK` comes only from `flock` here, and `EEXIST` only from a `mkdir` that found
    /// something other than a directory.
    init(errno: Int32) {
        switch errno {
        case ENOENT: self = .notFound
        case ENOSPC, EDQUOT: self = .noSpace
        case EWOULDBLOCK: self = .locked
        case EACCES, EPERM, EROFS: self = .permission
        case EMFILE, ENFILE: self = .tooManyOpenFiles
        case EIO: self = .io
        case EINVAL, EEXIST, EFBIG, EOVERFLOW, EBADF, EISDIR, ENOTDIR, ENAMETOOLONG, ELOOP: self = .invalid
        default: self = .other
        }
    }
}
