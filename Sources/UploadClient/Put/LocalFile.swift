import struct Crypto.SHA256
import DurableFiles
import Glibc
import NIOCore
import UploadModel

/// An open regular file. All I/O runs on the pool.
///
/// Reads refer to the opened file, even if another file takes its name.
final class LocalFile: Sendable {
    /// For messages.
    let path: String
    /// `LocalPath.key` of the absolute path.
    let key: String
    /// At the time of opening.
    let identity: FileIdentity
    private let descriptor: Int32
    private let pool: ThreadPool

    private init(path: String, key: String, identity: FileIdentity, descriptor: Int32, pool: ThreadPool) {
        self.path = path
        self.key = key
        self.identity = identity
        self.descriptor = descriptor
        self.pool = pool
    }

    deinit {
        close(descriptor)
    }

    /// - Throws: `local_file`, also if the path is not a regular file.
    static func open(_ path: LocalPath, on pool: ThreadPool) async throws(ClientError) -> LocalFile {
        try await pool.run { () throws(ClientError) in
            let descriptor = try openDescriptor(path)
            do throws(ClientError) {
                let absolute = try path.absolute()
                let identity = try Self.identity(of: descriptor, path.text)
                return LocalFile(
                    path: absolute.text, key: absolute.key, identity: identity, descriptor: descriptor, pool: pool)
            } catch {
                close(descriptor)
                throw error
            }
        }
    }

    /// Opens a file for reading. The caller closes it. Blocks.
    static func openDescriptor(_ path: LocalPath) throws(ClientError) -> Int32 {
        let descriptor = path.withCString { Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw .localFile(path.text, "open", errno: errno) }
        return descriptor
    }

    /// A reader of the whole file, whatever its size says. The file must outlive it.
    func reader(named name: String) -> StreamReader { StreamReader(descriptor: descriptor, name: name) }

    /// - Throws: `content_changed` if the size or the modification time differ from those at the opening.
    func requireUnchanged() async throws(ClientError) {
        try await pool.run { () throws(ClientError) in try self.requireUnchangedBlocking() }
    }

    /// The bytes of a range, fewer at the end of the file.
    func read(at offset: UInt64, count: Int) async throws(ClientError) -> ByteBuffer {
        try await pool.run { () throws(ClientError) in
            var buffer = ByteBuffer()
            buffer.reserveCapacity(count)
            try self.read(into: &buffer, at: offset, count: count)
            return buffer
        }
    }

    /// The SHA-256 of a range of the file, which must not have changed.
    ///
    /// - Throws: `content_changed`, `local_file`, `CancellationError`.
    func digest(of range: Range<UInt64>, piece: Int = 1 << 20) async throws -> UploadModel.Digest {
        var hasher = SHA256()
        var offset = range.lowerBound
        while offset < range.upperBound {
            try Task.checkCancellation()
            let (start, count) = (offset, Int(min(UInt64(piece), range.upperBound - offset)))
            hasher = try await pool.run { [hasher] () throws(ClientError) in
                var hasher = hasher
                var buffer = ByteBuffer()
                buffer.reserveCapacity(count)
                try self.read(into: &buffer, at: start, count: count)
                guard buffer.readableBytes == count else { throw .contentChanged(self.path) }
                buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: $0) }
                return hasher
            }
            offset += UInt64(count)
        }
        try await requireUnchanged()
        return UploadModel.Digest(hasher.finalize())
    }

    // MARK: - Blocking

    private func read(into buffer: inout ByteBuffer, at offset: UInt64, count: Int) throws(ClientError) {
        var failure: Int32?
        while failure == nil, buffer.readableBytes < count {
            let position = off_t(clamping: offset + UInt64(buffer.readableBytes))
            let wanted = count - buffer.readableBytes
            let read = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { bytes in
                let result = pread(descriptor, bytes.baseAddress, wanted, position)
                if result < 0, errno != EINTR { failure = errno }
                return max(0, result)
            }
            if read == 0, failure == nil { break }
        }
        if let failure { throw .localFile(path, "pread", errno: failure) }
    }

    private func requireUnchangedBlocking() throws(ClientError) {
        let now = try Self.identity(of: descriptor, path)
        guard now == identity else { throw .contentChanged(path) }
    }

    /// Blocks.
    static func identity(of descriptor: Int32, _ path: String) throws(ClientError) -> FileIdentity {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .localFile(path, "fstat", errno: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw .notRegular(path)
        }
        let modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        return FileIdentity(
            size: UInt64(max(0, status.st_size)), modifiedNanoseconds: modified, device: UInt64(status.st_dev),
            inode: UInt64(status.st_ino))
    }
}

extension LocalPath {
    /// Without symbolic links. Blocks.
    ///
    /// - Throws: `local_file` if it does not exist.
    package func absolute() throws(ClientError) -> LocalPath {
        guard let resolved = withCString({ realpath($0, nil) }) else {
            throw .localFile(text, "realpath", errno: errno)
        }
        defer { free(resolved) }
        return LocalPath(bytes: UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
    }
}

/// A range of a file, read on demand with one piece in memory at a time.
struct FileSlice: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    typealias Failure = any Error

    /// Large enough to make the thread hop per piece negligible.
    static let pieceBytes: UInt64 = 256 << 10

    let file: LocalFile
    let range: Range<UInt64>
    /// Called with the size of each piece.
    let onBytes: @Sendable (UInt64) -> Void

    func makeAsyncIterator() -> Iterator { Iterator(slice: self, offset: range.lowerBound) }

    struct Iterator: AsyncIteratorProtocol {
        typealias Failure = any Error
        let slice: FileSlice
        var offset: UInt64

        /// - Throws: `content_changed` if the file ends before the range does.
        mutating func next() async throws -> ByteBuffer? {
            guard offset < slice.range.upperBound else { return nil }
            let count = Int(Swift.min(FileSlice.pieceBytes, slice.range.upperBound - offset))
            let piece = try await slice.file.read(at: offset, count: count)
            guard piece.readableBytes == count else { throw ClientError.contentChanged(slice.file.path) }
            offset += UInt64(count)
            slice.onBytes(UInt64(count))
            return piece
        }
    }
}
