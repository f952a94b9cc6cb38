import Glibc

/// The number a system call left in `errno`.
struct SystemErrorNumber: Error {
    let value: Int32
}

/// Makes a system call until no signal interrupts it. `-1` is failure, as everywhere in POSIX.
///
/// `errno` is read right after the call, before any Swift code that could allocate, free or suspend: for this reason
/// callers hand in C strings and raw pointers, and turn the number into an error afterwards.
@inline(__always)
func uninterrupted<Value: SignedInteger>(_ call: () -> Value) -> Result<Value, SystemErrorNumber> {
    while true {
        let value = call()
        if value != -1 { return .success(value) }
        let number = errno
        if number != EINTR { return .failure(SystemErrorNumber(value: number)) }
    }
}

extension Result where Failure == SystemErrorNumber {
    /// The value, or the failure as an error that names the call and the file.
    func get(_ call: String, _ path: String) throws(FileError) -> Success {
        switch self {
        case .success(let value): return value
        case .failure(let number): throw FileError(errno: number.value, call: call, path: path)
        }
    }
}
