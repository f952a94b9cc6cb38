import CSandbox
import Glibc
import Testing
import UploadCore
import UploadMemories

/// An open file in memory.
final class TestFile: OpenFile {
    let descriptor: Int32

    /// - Parameter access: `O_RDONLY` or `O_RDWR`.
    init(_ bytes: [UInt8], access: Int32 = O_RDONLY) throws {
        let memory = wharf_make_memory_file("test")
        let written = bytes.withUnsafeBytes { write(memory, $0.baseAddress, $0.count) }
        descriptor = open("/proc/self/fd/\(memory)", access | O_CLOEXEC)
        Glibc.close(memory)
        try #require(written == bytes.count && descriptor >= 0)
    }

    /// A file with a hole.
    convenience init(_ head: [UInt8], tail: [UInt8], size: UInt64) throws {
        let memory = wharf_make_memory_file("test")
        defer { Glibc.close(memory) }
        try self.init(readerOf: memory)
        let tailStart = off_t(size) - off_t(tail.count)
        try #require(
            pwrite(memory, head, head.count, 0) == head.count
                && pwrite(memory, tail, tail.count, tailStart) == tail.count)
    }

    private init(readerOf memory: Int32) throws {
        descriptor = open("/proc/self/fd/\(memory)", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
    }

    func prepare(_ range: Range<UInt64>) async {}

    func close() {
        Glibc.close(descriptor)
    }
}
