import CFFmpeg
import Glibc

/// Feeds a descriptor to libavformat, up to a number of bytes.
///
/// libavformat holds an unretained reference, so this must outlive every use of `context`.
final class DescriptorInput {
    private static let bufferBytes = 32 << 10

    private let descriptor: Int32
    private let size: Int64
    private var position: Int64 = 0
    private var bytesLeft: Int64
    /// Freed by `deinit`.
    private(set) var context: UnsafeMutablePointer<AVIOContext>?

    /// nil if the size of the file cannot be read, or for lack of memory.
    init?(_ descriptor: Int32, bytesMax: UInt64) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.descriptor = descriptor
        size = Int64(status.st_size)
        bytesLeft = Int64(clamping: bytesMax)
        guard let buffer = av_malloc(Self.bufferBytes) else { return nil }
        context = avio_alloc_context(
            buffer.assumingMemoryBound(to: UInt8.self), Int32(Self.bufferBytes), 0,
            Unmanaged.passUnretained(self).toOpaque(),
            { opaque, buffer, count in DescriptorInput.of(opaque)?.read(buffer, count) ?? wharf_av_end }, nil,
            { opaque, offset, whence in DescriptorInput.of(opaque)?.seek(offset, whence) ?? -1 })
        if context == nil { av_free(buffer) }
    }

    deinit {
        if let context { av_free(context.pointee.buffer) }
        avio_context_free(&context)
    }

    private static func of(_ opaque: UnsafeMutableRawPointer?) -> DescriptorInput? {
        opaque.map { Unmanaged<DescriptorInput>.fromOpaque($0).takeUnretainedValue() }
    }

    private func read(_ buffer: UnsafeMutablePointer<UInt8>?, _ count: Int32) -> Int32 {
        let wanted = min(Int64(count), bytesLeft)
        guard wanted > 0, let buffer else { return wharf_av_end }
        var read: Int
        repeat { read = pread(descriptor, buffer, Int(wanted), off_t(position)) } while read < 0 && errno == EINTR
        guard read > 0 else { return wharf_av_end }
        position += Int64(read)
        bytesLeft -= Int64(read)
        return Int32(read)
    }

    private func seek(_ offset: Int64, _ whence: Int32) -> Int64 {
        let base: Int64
        switch whence & ~AVSEEK_FORCE {
        case AVSEEK_SIZE: return size
        case SEEK_SET: base = 0
        case SEEK_CUR: base = position
        case SEEK_END: base = size
        default: return -1
        }
        let (target, overflow) = base.addingReportingOverflow(offset)
        guard !overflow, target >= 0 else { return -1 }
        position = target
        return target
    }
}
