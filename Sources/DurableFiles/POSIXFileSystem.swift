import CFileSystem
import DeliberateFaults
import Glibc
import Synchronization

/// The file system of the machine, below a root directory.
///
/// Files are created with mode 0600 and directories with 0700: uploads are private to the user of the process. No
/// descriptor survives an `exec`. Calls that a signal interrupts are repeated.
///
/// The last component of a path is never followed if it is a symbolic link. Directories in the middle of a path are:
/// use `makeDirectory` to check that one is no link.
public struct POSIXFileSystem: FileSystem {
    public typealias File = POSIXFile

    /// The handling of symbolic links where a path ends in one.
    package enum Links: Sendable {
        case refused
        /// For files that a user names. Deviates from the law of the port.
        case followed
    }

    /// As given, without a trailing slash.
    public let root: String
    let links: Links

    /// Paths are below `root`, which has to exist and may be a symbolic link. An empty `root` is the working directory.
    public init(root: String) {
        self.init(root: root, links: .refused)
    }

    package init(root: String, links: Links) {
        self.root = Self.normalized(root)
        self.links = links
    }

    /// The path below the root, for the system.
    func absolute(_ path: String) -> String {
        path.isEmpty ? root : root + "/" + path
    }

    /// `O_NOFOLLOW` if the last component of a path must not be followed, otherwise 0.
    func noFollowFlag(_ path: String) -> Int32 {
        links == .refused && !path.isEmpty && !DeliberateFault.followLinks.isOn ? O_NOFOLLOW : 0
    }

    private static func normalized(_ root: String) -> String {
        var root = root[...]
        while root.count > 1, root.hasSuffix("/") { root.removeLast() }
        // A root of "/" stays: "//name" is "/name" on Linux.
        return root.isEmpty ? "." : String(root)
    }

    // MARK: Files

    public func open(_ path: String, _ mode: OpenMode) throws(FileError) -> POSIXFile {
        try open(path, mode, isLock: false)
    }

    func open(_ path: String, _ mode: OpenMode, isLock: Bool) throws(FileError) -> POSIXFile {
        let flags =
            switch mode {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .readWriteCreating: O_RDWR | O_CREAT
            case .creatingNew: O_RDWR | O_CREAT | O_EXCL
            }
        let linkFlag = noFollowFlag(path)
        let descriptor = try absolute(path).withCString { name in
            uninterrupted { Glibc.open(name, flags | linkFlag | O_CLOEXEC, 0o600) }
        }.get("open", path)
        return POSIXFile(descriptor: descriptor, path: path, isLock: isLock)
    }

    /// Idempotent.
    public func close(_ file: POSIXFile) {
        guard file.takeForClosing() else { return }
        // A child of this process that another thread has just forked has the open file, and with it the lock, until its `exec`.
        if file.isLock { _ = flock(file.descriptor, LOCK_UN) }
        // Not repeated after EINTR: Linux has released the descriptor by then. Other errors were reported by
        // `syncData`.
        _ = Glibc.close(file.descriptor)
    }

    public func size(_ file: POSIXFile) throws(FileError) -> UInt64 {
        try file.requireOpen("fstat")
        var status = stat()
        _ = try uninterrupted { fstat(file.descriptor, &status) }.get("fstat", file.path)
        return UInt64(status.st_size)
    }

    public func truncate(_ file: POSIXFile, to size: UInt64) throws(FileError) {
        try file.requireOpen("ftruncate")
        let length = try position(size, "ftruncate", file)
        _ = try uninterrupted { ftruncate(file.descriptor, length) }.get("ftruncate", file.path)
    }

    /// `fdatasync`: the bytes and the size, without the times.
    public func syncData(_ file: POSIXFile) throws(FileError) {
        try file.requireOpen("fdatasync")
        if DeliberateFault.skipFdatasync.isOn { return }
        _ = try uninterrupted { fdatasync(file.descriptor) }.get("fdatasync", file.path)
    }

    /// Converts an offset or a size; values beyond the range of `off_t` are invalid.
    func position(_ value: UInt64, _ call: String, _ file: POSIXFile) throws(FileError) -> off_t {
        guard let position = off_t(exactly: value) else { throw FileError(.invalid, call: call, path: file.path) }
        return position
    }
}

extension POSIXFileSystem {
    public func read(
        _ file: POSIXFile, into buffer: UnsafeMutableRawBufferPointer, at offset: UInt64
    ) throws(FileError) -> Int {
        try file.requireOpen("pread")
        let start = try position(offset, "pread", file)
        guard let base = buffer.baseAddress else { return 0 }
        var done = 0
        while done < buffer.count {
            let count = try uninterrupted {
                pread(file.descriptor, base + done, buffer.count - done, start + off_t(done))
            }.get("pread", file.path)
            if count == 0 { break }
            done += count
            if DeliberateFault.acceptShortRead.isOn { break }
        }
        return done
    }

    public func write(_ file: POSIXFile, _ bytes: UnsafeRawBufferPointer, at offset: UInt64) throws(FileError) {
        try file.requireOpen("pwrite")
        let start = try position(offset, "pwrite", file)
        guard let base = bytes.baseAddress else { return }
        guard bytes.count <= off_t.max - start else { throw FileError(.invalid, call: "pwrite", path: file.path) }
        var done = 0
        while done < bytes.count {
            let count = try uninterrupted {
                pwrite(file.descriptor, base + done, bytes.count - done, start + off_t(done))
            }.get("pwrite", file.path)
            // A write that transfers no bytes would be repeated for ever.
            guard count > 0 else { throw FileError(.io, call: "pwrite", path: file.path) }
            done += DeliberateFault.acceptShortWrite.isOn ? bytes.count : count
        }
    }
}

extension POSIXFileSystem {
    private static let pageBytes = UInt64(max(1, sysconf(CInt(_SC_PAGESIZE))))

    /// Whether a range of a file is in the page cache, or is being read into it. Does not wait for the disk.
    ///
    /// - Returns: False also where the kernel does not tell: before Linux 6.5, and for files of other users.
    public func isCached(_ file: POSIXFile, _ range: Range<UInt64>) -> Bool {
        guard !range.isEmpty else { return true }
        guard (try? file.requireOpen("cachestat")) != nil else { return false }
        let pages = (range.upperBound - 1) / Self.pageBytes - range.lowerBound / Self.pageBytes + 1
        let cached = wharf_cached_pages(file.descriptor, range.lowerBound, UInt64(range.count))
        return cached >= 0 && UInt64(cached) >= pages
    }

    /// Reads a range of a file into the page cache without copying it, and waits for the end. Failures are ignored: the
    /// reader of the range then waits for the disk, or gets the error.
    public func prefault(_ file: POSIXFile, _ range: Range<UInt64>) {
        let start = range.lowerBound / Self.pageBytes * Self.pageBytes
        guard let offset = off_t(exactly: start), let length = Int(exactly: range.upperBound - start), length > 0,
            let address = mmap(nil, length, PROT_READ, MAP_SHARED, file.descriptor, offset), address != MAP_FAILED
        else { return }
        // MADV_POPULATE_READ (Linux 5.14) is missing from these headers. It reads all missing pages and reports
        // failures. Older kernels answer EINVAL; a read-ahead hint replaces it there.
        let populateRead: CInt = 22
        if madvise(address, length, populateRead) != 0, errno == EINVAL {
            posix_fadvise(file.descriptor, offset, off_t(length), CInt(POSIX_FADV_WILLNEED))
        }
        munmap(address, length)
    }
}

/// An open file of a `POSIXFileSystem`.
///
/// Closing is explicit: without `close` a file stays open, and its lock held, until the process ends.
public final class POSIXFile: Sendable {
    /// The descriptor, for calls outside of the port such as `sendfile`. Valid until `close`; do not close it directly.
    public let descriptor: Int32
    let path: String
    /// Whether `lock` has opened it.
    let isLock: Bool
    private let isOpen = Atomic(true)

    init(descriptor: Int32, path: String, isLock: Bool = false) {
        self.descriptor = descriptor
        self.path = path
        self.isLock = isLock
    }

    /// True for the first caller only: after the first close the number may belong to another file.
    func takeForClosing() -> Bool {
        isOpen.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Detects use after close. Callers have to prevent a close that races with the call.
    func requireOpen(_ call: String) throws(FileError) {
        guard isOpen.load(ordering: .acquiring) else { throw FileError(.invalid, call: call, path: path) }
    }
}

/// Writes all bytes to a descriptor: a file at its position, a pipe or a terminal. Blocks.
///
/// - Returns: 0, or the error number of the failed call, which may have written a part.
package func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return count < 0 ? errno : EIO }
        rest = rest.dropFirst(count)
    }
    return 0
}
