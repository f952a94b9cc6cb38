import struct Crypto.SHA256
import DurableFiles
import NIOCore
import Synchronization
import UploadModel

/// Where the bytes of a download go, in order. Used by one task, one call at a time.
protocol DownloadTarget: Sendable {
    /// The bytes so far.
    var length: UInt64 { get }
    /// The digest of all bytes so far.
    var digest: UploadModel.Digest { get }
    func write(_ piece: ByteBuffer) async throws(ClientError)
    /// Discards all bytes.
    func restart() async throws(ClientError)
}

/// Bytes that are gone once they are written: a pipe or a terminal.
final class DescriptorTarget: DownloadTarget {
    private let descriptor: Int32
    private let pool: ThreadPool
    private let state = Mutex((length: UInt64(0), hasher: SHA256()))

    init(_ descriptor: Int32, on pool: ThreadPool) {
        self.descriptor = descriptor
        self.pool = pool
    }

    var length: UInt64 { state.withLock { $0.length } }
    var digest: UploadModel.Digest { UploadModel.Digest(state.withLock { $0.hasher }.finalize()) }

    func write(_ piece: ByteBuffer) async throws(ClientError) {
        let bytes = Array(piece.readableBytesView)
        let descriptor = descriptor
        let number = await pool.run { writeAll(bytes, to: descriptor) }
        guard number == 0 else { throw .localFile("standard output", "write", errno: number) }
        state.withLock { state in
            state.hasher.update(data: bytes)
            state.length += UInt64(bytes.count)
        }
    }

    /// - Throws: `corrupt_download` if bytes were written.
    func restart() async throws(ClientError) {
        guard length == 0 else {
            throw ClientError(
                .corruptDownload, "The connection broke, and the server does not continue where it was.",
                advice: "What was written so far is incomplete; download to a file instead.")
        }
    }
}
