import CSandbox
import DurableFiles
import Glibc
import UploadCore
import UploadDerivation

/// A read-only descriptor of a photo's bytes.
struct PhotoDescriptor {
    /// Bytes per read when copying.
    private static let stepBytes: UInt64 = 4 << 20
    /// The largest photo that is copied into memory. Memory of this kind cannot be paged out to its file, and is the
    /// server's own, not that of the process with the limit.
    static let memoryBytesMax: UInt64 = 1 << 20

    /// Bytes of each end of a photo that is too large to be copied as a whole.
    static let endBytes: UInt64 = 64 << 20

    let descriptor: Int32
    private let isCopy: Bool

    /// The photo's own file. If it has none, or a writable one: a sealed copy in memory if it is small, otherwise a
    /// file without a name. Of a larger one than a picture may be, which is a video if anything, both ends are copied:
    /// the header is in one of them, and the first frames are in the first.
    ///
    /// - Parameter wholeBytesMax: The largest photo of which all bytes are copied.
    static func of(
        _ photo: PhotoSource, wholeUpTo wholeBytesMax: UInt64, in scratch: ScratchDirectory, on threads: ThreadPool
    ) async throws(DerivationFailure) -> PhotoDescriptor {
        if let file = photo.file, wharf_is_read_only(file.descriptor) != 0 {
            return PhotoDescriptor(descriptor: file.descriptor, isCopy: false)
        }
        let ranges = ranges(of: photo.size, wholeUpTo: wholeBytesMax)
        let copy =
            photo.size <= memoryBytesMax
            ? memoryCopy()
            : try await threads.run { () throws(DerivationFailure) in
                try scratch.copy(of: ranges.reduce(0) { $0 + UInt64($1.count) })
            }
        let outcome = await copy.fill(from: photo, ranges, on: threads)
        if copy.writer != copy.reader { _ = Glibc.close(copy.writer) }
        let descriptor = PhotoDescriptor(descriptor: copy.reader, isCopy: true)
        do throws(DerivationFailure) {
            try outcome.get()
            return descriptor
        } catch {
            descriptor.close()
            throw error
        }
    }

    /// Closes a copy; the photo's own file stays open.
    func close() {
        if isCopy, descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    private static func memoryCopy() -> PhotoCopy {
        let memory = wharf_make_memory_file("photo")
        return PhotoCopy(writer: memory, reader: memory, place: "memory")
    }

    fileprivate static func bytes(
        of photo: PhotoSource, _ range: Range<UInt64>
    ) async throws(DerivationFailure) -> [UInt8] {
        do throws(UploadError) {
            return try await photo.read(range)
        } catch {
            throw DerivationFailure(reading: error)
        }
    }

    /// What is copied, in steps; the rest is a hole.
    static func ranges(of size: UInt64, wholeUpTo wholeBytesMax: UInt64) -> [Range<UInt64>] {
        let parts =
            size <= max(wholeBytesMax, 2 * endBytes) ? [0..<size] : [0..<endBytes, size - endBytes..<size]
        return parts.flatMap { part in
            stride(from: part.lowerBound, to: part.upperBound, by: Int(stepBytes))
                .map { $0..<min($0 + stepBytes, part.upperBound) }
        }
    }
}

/// A copy that is being written.
struct PhotoCopy: Sendable {
    let writer: Int32
    /// The same descriptor in memory, which is sealed instead.
    let reader: Int32
    /// For the reason of a failure.
    let place: String

    fileprivate func fill(
        from photo: PhotoSource, _ ranges: [Range<UInt64>], on threads: ThreadPool
    ) async -> Result<Void, DerivationFailure> {
        let noRoom = DerivationFailure(.unavailable, "there is not enough \(place) for a copy of the picture")
        guard writer >= 0 else { return .failure(noRoom) }
        do throws(DerivationFailure) {
            for range in ranges {
                let bytes = try await PhotoDescriptor.bytes(of: photo, range)
                let isWritten = await threads.run {
                    lseek(writer, off_t(range.lowerBound), SEEK_SET) >= 0 && writeAll(bytes, to: writer) == 0
                }
                guard isWritten else { return .failure(noRoom) }
            }
        } catch {
            return .failure(error)
        }
        guard writer != reader || wharf_seal_memory_file(writer) == 0 else { return .failure(noRoom) }
        return .success(())
    }
}

/// Where photos that are no file of their own (concatenations, mostly) are copied to while they are derived. The
/// copies have no names and end with their process.
public struct ScratchDirectory: Hashable, Sendable {
    public let path: String
    /// The free space that a copy has to leave, in bytes.
    public let freeBytesMin: UInt64

    public init(path: String, freeBytesMin: UInt64) {
        self.path = path
        self.freeBytesMin = freeBytesMin
    }

    /// Blocks.
    fileprivate func copy(of size: UInt64) throws(DerivationFailure) -> PhotoCopy {
        var room = statvfs()
        guard statvfs(path, &room) == 0, UInt64(room.f_bavail) * UInt64(room.f_frsize) >= size + freeBytesMin else {
            throw DerivationFailure(.unavailable, "there is not enough disk space for a copy of the picture")
        }
        var reader: Int32 = -1
        let writer = wharf_make_scratch_file(path, &reader)
        return PhotoCopy(writer: writer, reader: reader, place: "disk space")
    }
}
