import DurableFiles
import Glibc
import UploadClient

/// A file that looks like a photo by its name.
struct PhotoFile: Hashable, Sendable {
    let path: String
    /// Relative to the directory that was named.
    let name: String
    let mediaType: String
    let size: UInt64

    private static let mediaTypes = [
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif",
        "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "heif": "image/heif", "hif": "image/heif",
        "avif": "image/avif",
    ]

    /// By the ending of a name; nil for what is no photo.
    static func mediaType(ofName name: String) -> String? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        return mediaTypes[name[name.index(after: dot)...].lowercased()]
    }

    /// The photos among the files that arguments name, and how many others there are. Blocks.
    ///
    /// - Throws: `local_file`, as `PutItem.items`.
    static func all(_ arguments: [String]) throws(ClientError) -> (photos: [PhotoFile], others: Int) {
        var photos: [PhotoFile] = []
        let items = try PutItem.items(arguments)
        for item in items {
            guard case .file(let path) = item.source, let type = mediaType(ofName: item.name) else { continue }
            var status = stat()
            guard stat(path, &status) == 0 else {
                throw ClientError(localFile: FileError(.notFound, errno: errno, call: "stat", path: path), path: path)
            }
            photos.append(
                PhotoFile(path: path, name: item.name, mediaType: type, size: UInt64(max(0, status.st_size))))
        }
        return (photos, items.count - photos.count)
    }
}
