import DeliberateFaults
public import DurableFiles
import Synchronization
public import UploadCore

extension FileBlobStore {
    public func stream(_ key: ObjectKey, _ range: Range<UInt64>) -> FileByteStream<Files, Pool> {
        FileByteStream(store: self, key: key, rest: range)
    }

    package func read(_ key: ObjectKey, _ range: Range<UInt64>) async throws(UploadError) -> [UInt8] {
        let (files, path) = (files, layout.path(of: key))
        let bytes = try await onPool { () throws(FileError) in
            let file = try files.open(path, .read)
            defer { files.close(file) }
            var failure: FileError?
            let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
                do throws(FileError) {
                    count = try files.read(file, into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
                } catch {
                    failure = error
                }
            }
            if let failure { throw failure }
            return bytes
        }
        guard bytes.count == range.count else { throw tooShort(key, range) }
        return bytes
    }

    public func scan(
        _ key: ObjectKey, _ range: Range<UInt64>, _ visit: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) async throws(UploadError) {
        var start = range.lowerBound
        while start < range.upperBound {
            let step = start..<min(start + scanStepBytes, range.upperBound)
            let (files, path) = (files, layout.path(of: key))
            let isWhole = try await onPool { () throws(FileError) in
                try Self.scan(files, path, step, visit)
            }
            guard isWhole else { throw tooShort(key, step) }
            start = step.upperBound
        }
    }

    /// - Returns: Whether the file had all the bytes.
    private static func scan(
        _ files: Files, _ path: String, _ range: Range<UInt64>, _ visit: (UnsafeRawBufferPointer) -> Void
    ) throws(FileError) -> Bool {
        let file = try files.open(path, .read)
        defer { files.close(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: min(256 << 10, range.count), alignment: 16)
        defer { buffer.deallocate() }
        var start = range.lowerBound
        while start < range.upperBound {
            let wanted = Int(min(UInt64(buffer.count), range.upperBound - start))
            let count = try files.read(
                file, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<wanted]), at: start)
            guard count == wanted else { return false }
            visit(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            start += UInt64(count)
        }
        return true
    }

    public func size(of key: ObjectKey) async throws(UploadError) -> UInt64? {
        let (files, path) = (files, layout.path(of: key))
        return try await onPool { () throws(FileError) in try files.size(at: path) }
    }

    private func tooShort(_ key: ObjectKey, _ range: Range<UInt64>) -> UploadError {
        UploadError(.storeCorrupt(detail: "object \(key.digest.hex) ends before \(range.upperBound)"))
    }
}

/// Reads a range of an object's file. Holds no descriptor between two reads.
public struct FileByteStream<Files: FileSystem, Pool: BlockingPool>: ByteStream {
    let store: FileBlobStore<Files, Pool>
    let key: ObjectKey
    var rest: Range<UInt64>

    public mutating func next(limit: Int) async throws(UploadError) -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        let end = min(rest.upperBound, rest.lowerBound + UInt64(max(1, limit)))
        let bytes = try await store.read(key, rest.lowerBound..<end)
        rest = end..<rest.upperBound
        return bytes
    }
}

extension FileBlobStore: OpenFileProvider where Files == POSIXFileSystem {
    public func openFile(_ key: ObjectKey, length: UInt64) async throws(UploadError) -> any OpenFile {
        let (files, path) = (files, layout.path(of: key))
        let file = try await onPool { () throws(FileError) in
            let file = try files.open(path, .read)
            do throws(FileError) {
                return OpenPOSIXFile(file, size: try files.size(file), files: files, pool: self.pool)
            } catch {
                files.close(file)
                throw error
            }
        }
        guard file.size >= length || DeliberateFault.skipOpenedLength.isOn else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) has \(file.size) of \(length) bytes"))
        }
        return file
    }
}

/// Closes its file on the pool, at the latest with its last reference: closing a deleted file frees its blocks, which
/// can take long, and callers are on event loops.
private final class OpenPOSIXFile: OpenFile {
    let size: UInt64
    private let file: POSIXFile
    private let files: POSIXFileSystem
    private let pool: any BlockingPool
    private let isOpen = Atomic(true)

    init(_ file: POSIXFile, size: UInt64, files: POSIXFileSystem, pool: any BlockingPool) {
        self.file = file
        self.size = size
        self.files = files
        self.pool = pool
    }

    deinit {
        close()
    }

    var descriptor: CInt { file.descriptor }

    func prepare(_ range: Range<UInt64>) async {
        // Asking costs little, and needs no other thread.
        if files.isCached(file, range) { return }
        let (file, files) = (file, files)
        await pool.run { files.prefault(file, range) }
    }

    func close() {
        guard isOpen.exchange(false, ordering: .acquiringAndReleasing) else { return }
        pool.submit { [file, files] in files.close(file) }
    }
}
