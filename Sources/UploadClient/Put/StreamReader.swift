import struct Crypto.SHA256
import DurableFiles
import Glibc
import NIOCore
import UploadModel

/// Reads and hashes a descriptor of unknown length, such as standard input, chunk by chunk.
///
/// Used by one task, one call at a time.
struct StreamReader: Sendable {
    let descriptor: Int32
    let name: String
    /// A thread of its own, since waiting for a person to type would block everything else.
    private let pool = ThreadPool(name: "wharf-stream", threads: 1)
    private var hasher = SHA256()
    private(set) var length: UInt64 = 0

    init(descriptor: Int32, name: String) {
        self.descriptor = descriptor
        self.name = name
    }

    /// The digest of all bytes read so far.
    var digest: UploadModel.Digest { UploadModel.Digest(hasher.finalize()) }

    /// Reads `count` bytes; fewer at the end, none after it.
    ///
    /// - Throws: `local_file`, `CancellationError`.
    mutating func next(_ count: Int) async throws -> ByteBuffer {
        var buffer = ByteBuffer()
        // Grows with the input, so that a short one needs little memory.
        var isAtEnd = false
        while !isAtEnd, buffer.readableBytes < count {
            try Task.checkCancellation()
            let (descriptor, name, hasher, partial) = (self.descriptor, self.name, self.hasher, buffer)
            buffer = ByteBuffer()
            (buffer, self.hasher, isAtEnd) = try await pool.run { () throws(ClientError) in
                var (buffer, hasher) = (partial, hasher)
                let isAtEnd = try Self.read(descriptor, name, into: &buffer, upTo: count, &hasher)
                return (buffer, hasher, isAtEnd)
            }
        }
        length += UInt64(buffer.readableBytes)
        return buffer
    }

    /// Waits briefly for bytes and reads what is available. Returns whether the end was reached.
    ///
    /// Returns without bytes after a timeout, so that the caller can be cancelled.
    private static func read(
        _ descriptor: Int32, _ name: String, into buffer: inout ByteBuffer, upTo count: Int, _ hasher: inout SHA256
    ) throws(ClientError) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let ready = poll(&request, 1, 100)
        if ready == 0 || (ready < 0 && errno == EINTR) { return false }
        guard ready > 0 else { throw .localFile(name, "poll", errno: errno) }
        let start = buffer.writerIndex
        var failure: Int32?
        var result = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: min(256 << 10, count - start)) { bytes in
            result = Glibc.read(descriptor, bytes.baseAddress, min(bytes.count, count - start))
            if result < 0 { failure = errno }
            return max(0, result)
        }
        if let failure {
            if failure == EINTR || failure == EAGAIN { return false }
            throw .localFile(name, "read", errno: failure)
        }
        buffer.withUnsafeReadableBytes { hasher.update(bufferPointer: .init(rebasing: $0[start...])) }
        return result == 0
    }
}
