import DurableFiles
import UploadClient

/// A file that fits into memory many times.
enum SmallFile {
    static let bytesMax = 64 << 10

    /// Blocks.
    ///
    /// - Throws: `local_file`; more than `bytesMax` are refused.
    static func text(at path: String) throws(ClientError) -> String {
        let files = POSIXFileSystem(root: "/")
        let place = path.hasPrefix("/") ? files : POSIXFileSystem(root: "")
        do throws(FileError) {
            let file = try place.open(path, .read)
            defer { place.close(file) }
            var bytes = [UInt8](repeating: 0, count: bytesMax)
            let result = bytes.withUnsafeMutableBytes { buffer in
                Result { () throws(FileError) in try place.read(file, into: buffer, at: 0) }
            }
            return String(decoding: bytes.prefix(try result.get()), as: UTF8.self)
        } catch {
            throw ClientError(localFile: error, path: path)
        }
    }
}
