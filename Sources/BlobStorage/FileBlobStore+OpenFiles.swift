public import DurableFiles
public import UploadCore

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
        guard file.size >= length else {
            throw UploadError(.storeCorrupt(detail: "object \(key.digest.hex) has \(file.size) of \(length) bytes"))
        }
        return file
    }
}

/// Closed on the pool, at the latest with the last reference: closing the last descriptor of a deleted file frees its blocks, which may take
/// long.
private final class OpenPOSIXFile: OpenFile {
    let size: UInt64
    private let file: POSIXFile
    private let files: POSIXFileSystem
    private let pool: any BlockingPool

    init(_ file: POSIXFile, size: UInt64, files: POSIXFileSystem, pool: any BlockingPool) {
        self.file = file
        self.size = size
        self.files = files
        self.pool = pool
    }

    deinit { close() }

    var descriptor: CInt { file.descriptor }

    func prepare(_ range: Range<UInt64>) async {
        guard !range.isEmpty else { return }
        let (file, files) = (file, files)
        await pool.run { files.populate(file, range) }
    }

    func close() {
        pool.submit { [files, file] in files.close(file) }
    }
}
