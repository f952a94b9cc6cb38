import CFileSystem
import DurableFiles
import Glibc
import Testing
import UploadTestKit

/// What of a file is in the page cache, on a kernel that tells.
@Suite(.enabled(if: kernelCountsCachedPages)) struct PageCacheTests {
    private static let byteCount: UInt64 = (1 << 20) + 1
    private let directory: TemporaryDirectory
    private let files: POSIXFileSystem
    private let file: POSIXFile

    init() throws {
        directory = try TemporaryDirectory()
        files = POSIXFileSystem(root: directory.path)
        file = try files.open("a", .readWriteCreating)
        try files.write([UInt8](repeating: 1, count: Int(Self.byteCount)), to: file, at: 0)
        try files.syncData(file)
    }

    @Test(arguments: [0..<0, 0..<1, 4095..<4097, 0..<byteCount, byteCount - 1..<byteCount] as [Range<UInt64>])
    func `what was written is cached`(_ range: Range<UInt64>) {
        #expect(files.isCached(file, range))
        files.close(file)
    }

    @Test func `pages that the file does not have are not cached`() {
        #expect(!files.isCached(file, Self.byteCount - 1..<Self.byteCount + 8192))
        files.close(file)
    }

    @Test func `what was evicted is cached once it was read ahead`() throws {
        #expect(posix_fadvise(file.descriptor, 0, 0, CInt(POSIX_FADV_DONTNEED)) == 0)
        // Files in memory are not evicted.
        #expect(files.isCached(file, 0..<Self.byteCount) == isMapped())
        files.prefault(file, 0..<Self.byteCount)
        #expect(files.isCached(file, 0..<Self.byteCount))
        files.close(file)
    }

    /// Whether all pages are in memory, by the answer of another call.
    private func isMapped() -> Bool {
        let address = mmap(nil, Int(Self.byteCount), PROT_READ, MAP_SHARED, file.descriptor, 0)
        defer { munmap(address, Int(Self.byteCount)) }
        var pages = [UInt8](repeating: 0, count: Int(Self.byteCount) / sysconf(CInt(_SC_PAGESIZE)) + 1)
        return mincore(address, Int(Self.byteCount), &pages) == 0 && pages.allSatisfy { $0 & 1 == 1 }
    }

    @Test func `of a closed file nothing is known`() {
        files.close(file)
        #expect(!files.isCached(file, 0..<1))
    }
}

/// Linux 6.5, unless a filter of system calls hides it.
private let kernelCountsCachedPages = {
    wharf_cached_pages(-1, 0, 1) < 0 && errno == EBADF
}()
