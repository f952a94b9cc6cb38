import Glibc

/// A file without an engine: the baseline of the machine itself.
package final class BareFile: Sendable {
    private let descriptor: Int32
    private let path: String

    package init(making path: String) throws(BenchError) {
        self.path = path
        descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw BenchError("cannot make “\(path)”: errno \(errno)") }
    }

    package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(BenchError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            guard count > 0 else { throw BenchError("cannot write “\(path)”: errno \(errno)") }
            done += count
        }
    }

    package func write(_ bytes: [UInt8], at offset: Int) throws(BenchError) {
        let result: Result<Void, BenchError> = bytes.withUnsafeBytes { bytes in
            Result { () throws(BenchError) in try write(bytes, at: offset) }
        }
        try result.get()
    }

    package func sync() throws(BenchError) {
        guard fdatasync(descriptor) == 0 else { throw BenchError("cannot sync “\(path)”: errno \(errno)") }
    }

    package func end() {
        close(descriptor)
    }

    package func remove() {
        unlink(path)
    }

    /// Makes the names in a directory durable.
    package static func sync(directory: String) throws(BenchError) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchError("cannot open “\(directory)”: errno \(errno)") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw BenchError("cannot sync “\(directory)”: errno \(errno)") }
    }
}
