import struct Crypto.SHA256
import DurableFiles
import NIOCore
import SessionCore
import Synchronization
import UploadModel

/// An incomplete download: `NAME.part` (`LocalName.partial`), renamed to `NAME` on completion, locked while it is open.
///
/// Used by one task, one call at a time. All I/O runs on the pool.
final class PartialFile: DownloadTarget {
    private struct State {
        var length: UInt64 = 0
        var hasher = SHA256()
    }

    /// The final path.
    let path: String
    private let name: String
    private let files: POSIXFileSystem
    private let file: POSIXFile
    private let pool: ThreadPool
    private let state = Mutex(State())

    private init(path: String, name: String, files: POSIXFileSystem, file: POSIXFile, pool: ThreadPool) {
        self.path = path
        self.name = name
        self.files = files
        self.file = file
        self.pool = pool
    }

    deinit {
        files.close(file)
    }

    /// Opens or creates the partial file of `path`. Somebody else's file, or a symbolic link, is not written to: in a
    /// directory that others may write to it could be a trap.
    ///
    /// - Throws: `local_file`, also if another process has it open.
    static func open(_ path: String, on pool: ThreadPool) async throws(ClientError) -> PartialFile {
        let location = FileLocation(path)
        guard !location.name.isEmpty else {
            throw ClientError(
                .invalidArgument, "“\(path)” is not a file name.", advice: "Give the path of the file to write.")
        }
        return try await pool.run { () throws(ClientError) in
            let files = POSIXFileSystem(root: location.directory.root)
            do throws(FileError) {
                let file = try files.lock(LocalName.partial(of: location.name))
                do throws(FileError) {
                    try files.requireOwn(file)
                } catch {
                    files.close(file)
                    throw error
                }
                return PartialFile(path: path, name: location.name, files: files, file: file, pool: pool)
            } catch {
                throw ClientError(error, path: LocalName.partialPath(of: path))
            }
        }
    }

    var length: UInt64 { state.withLock { $0.length } }

    /// The digest of all bytes so far.
    var digest: UploadModel.Digest { UploadModel.Digest(state.withLock { $0.hasher }.finalize()) }

    /// Resumes from the bytes of an earlier run and hashes them. Restarts if there are more than the whole has.
    func adopt(wholeBytes: UInt64) async throws {
        let size = try await onPool { () throws(FileError) in try self.files.size(self.file) }
        guard size <= wholeBytes else { return try await restart() }
        var offset: UInt64 = 0
        while offset < size {
            try Task.checkCancellation()
            let start = offset
            offset += try await onPool { () throws(FileError) in
                var buffer = [UInt8](repeating: 0, count: 1 << 20)
                let result = buffer.withUnsafeMutableBytes { bytes in
                    Result { () throws(FileError) in try self.files.read(self.file, into: bytes, at: start) }
                }
                let count = try result.get()
                guard count > 0 else { throw FileError(.io, call: "pread", path: self.name) }
                buffer.withUnsafeBytes { self.append(.init(rebasing: $0[..<count])) }
                return UInt64(count)
            }
        }
    }

    /// Discards all bytes.
    func restart() async throws(ClientError) {
        try await onPool { () throws(FileError) in
            try self.files.truncate(self.file, to: 0)
            self.state.withLock { $0 = State() }
        }
    }

    func write(_ piece: ByteBuffer) async throws(ClientError) {
        try await onPool { () throws(FileError) in
            let offset = self.length
            let result = piece.withUnsafeReadableBytes { bytes in
                Result { () throws(FileError) in try self.files.write(self.file, bytes, at: offset) }
            }
            try result.get()
            piece.withUnsafeReadableBytes { self.append($0) }
        }
    }

    /// Makes the bytes durable under the final name.
    ///
    /// - Parameters:
    ///   - permissions: The permission bits of the file from now on.
    ///   - modifiedAt: Its time of modification; nil for that of the last write.
    func complete(permissions: UInt32, modifiedAt: Timestamp?) async throws(ClientError) {
        try await onPool { () throws(FileError) in
            try self.files.setMode(permissions, of: self.file)
            if let modifiedAt { try self.files.setModified(milliseconds: modifiedAt.milliseconds, of: self.file) }
            try self.files.syncData(self.file)
            try self.files.rename(LocalName.partial(of: self.name), to: self.name)
            try self.files.syncDirectory("")
        }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.hasher.update(bufferPointer: bytes)
            state.length += UInt64(bytes.count)
        }
    }

    private func onPool<Value: Sendable>(
        _ body: @escaping @Sendable () throws(FileError) -> Value
    ) async throws(ClientError) -> Value {
        do throws(FileError) {
            return try await pool.run(body)
        } catch {
            throw ClientError(error, path: LocalName.partialPath(of: path))
        }
    }
}
