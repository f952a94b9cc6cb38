import DurableFiles
import Glibc
import NIOCore
import UploadModel

/// Reads files that fit into memory, without believing their sizes: those of `/proc` say 0 and have bytes, those of
/// `/sys` say 4096 and have fewer. All functions block.
enum SmallFileReader {
    enum Outcome: Sendable {
        /// All bytes, as they were at one moment.
        case content(ByteBuffer, Digest, FileIdentity)
        /// More than `bytesMax`, as its size says.
        case large
        /// More than `bytesMax`, though its size says otherwise: it is read to its end like a stream.
        case unsized
        case failed(ClientError)
    }

    /// Readings of a file that changes meanwhile.
    private static let readingsMax = 3

    static func read(_ path: LocalPath, atMost bytesMax: UInt64) -> Outcome {
        do throws(ClientError) {
            let descriptor = try LocalFile.openDescriptor(path)
            defer { close(descriptor) }
            for _ in 0..<readingsMax {
                let before = try LocalFile.identity(of: descriptor, path.text)
                if before.size > bytesMax { return .large }
                let bytes = try read(descriptor, path, expecting: before.size, atMost: bytesMax + 1)
                let after = try LocalFile.identity(of: descriptor, path.text)
                // A file whose state has not changed was read whole, however long it said that it is.
                guard before == after else { continue }
                if UInt64(bytes.readableBytes) > bytesMax { return .unsized }
                let digest = bytes.withUnsafeReadableBytes { Digest(of: $0) }
                return .content(bytes, digest, after)
            }
            return .failed(.contentChanged(path.text))
        } catch {
            return .failed(error)
        }
    }

    private static func read(
        _ descriptor: Int32, _ path: LocalPath, expecting size: UInt64, atMost bytesMax: UInt64
    ) throws(ClientError) -> ByteBuffer {
        var buffer = ByteBuffer()
        // One byte more, so that the end is usually seen without growing.
        buffer.reserveCapacity(Int(clamping: size + 1))
        var failure: Int32?
        while failure == nil, UInt64(buffer.readableBytes) < bytesMax {
            let position = off_t(buffer.readableBytes)
            let wanted = Int(clamping: min(bytesMax - UInt64(buffer.readableBytes), 256 << 10))
            let room = max(1, min(wanted, buffer.writableBytes))
            let count = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { bytes in
                let result = pread(descriptor, bytes.baseAddress, min(bytes.count, wanted), position)
                if result < 0, errno != EINTR { failure = errno }
                return max(0, result)
            }
            if count == 0, failure == nil { break }
        }
        if let failure { throw .localFile(path.text, "pread", errno: failure) }
        return buffer
    }
}
