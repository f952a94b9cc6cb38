import CSandbox
import DurableFiles
import Glibc
import UploadCore
import UploadDerivation

/// A read-only descriptor of a photo's bytes.
struct PhotoDescriptor {
    /// Bytes per read when copying.
    private static let stepBytes: UInt64 = 4 << 20

    let descriptor: Int32
    private let isCopy: Bool

    /// The photo's own file, or a sealed copy in memory if it has no file or a writable one.
    static func of(_ photo: PhotoSource, on threads: ThreadPool) async throws(DerivationFailure) -> PhotoDescriptor {
        if let file = photo.file, wharf_is_read_only(file.descriptor) != 0 {
            return PhotoDescriptor(descriptor: file.descriptor, isCopy: false)
        }
        let copy = PhotoDescriptor(descriptor: wharf_make_memory_file("photo"), isCopy: true)
        do throws(DerivationFailure) {
            try await copy.fill(from: photo, on: threads)
            return copy
        } catch {
            copy.close()
            throw error
        }
    }

    /// Closes a copy; the photo's own file stays open.
    func close() {
        if isCopy, descriptor >= 0 { _ = Glibc.close(descriptor) }
    }

    private func fill(from photo: PhotoSource, on threads: ThreadPool) async throws(DerivationFailure) {
        let descriptor = descriptor
        guard descriptor >= 0 else { throw Self.noMemory }
        var start: UInt64 = 0
        while start < photo.size {
            let range = start..<min(start + Self.stepBytes, photo.size)
            let bytes = try await Self.bytes(of: photo, range)
            guard await threads.run({ writeAll(bytes, to: descriptor) }) else { throw Self.noMemory }
            start = range.upperBound
        }
        guard wharf_seal_memory_file(descriptor) == 0 else { throw Self.noMemory }
    }

    private static func bytes(
        of photo: PhotoSource, _ range: Range<UInt64>
    ) async throws(DerivationFailure) -> [UInt8] {
        do throws(UploadError) {
            return try await photo.read(range)
        } catch {
            throw DerivationFailure(reading: error)
        }
    }

    private static let noMemory = DerivationFailure(.unavailable, "not enough memory for a copy of the picture")
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var written = 0
    while written < bytes.count {
        let count = bytes.withUnsafeBytes {
            write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        written += count
    }
    return true
}
