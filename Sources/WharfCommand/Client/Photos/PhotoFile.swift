import DurableFiles
import NativeWire
import UploadClient

/// A file whose name has the extension of a photo.
struct PhotoFile: Hashable, Sendable {
    let path: String
    /// Relative to the given directory.
    let name: String
    let mediaType: String
    let size: UInt64

    private static let mediaTypes = [
        "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif",
        "tif": "image/tiff", "tiff": "image/tiff", "heic": "image/heic", "heif": "image/heif", "hif": "image/heif",
        "avif": "image/avif",
    ]

    /// The media type by extension; nil for other files.
    static func mediaType(ofName name: String) -> String? {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return nil }
        return mediaTypes[name[name.index(after: dot)...].lowercased()]
    }

    /// The photos among the given files, and the number of other files. Blocks.
    ///
    /// - Throws: `local_file`, as `PutItem.items`.
    static func all(_ arguments: [String]) throws(ClientError) -> (photos: [PhotoFile], others: Int) {
        var photos: [PhotoFile] = []
        let items = try PutItem.items(arguments)
        for item in items {
            guard case .file(let path) = item.source, let type = mediaType(ofName: item.name) else { continue }
            do throws(FileError) {
                let size = try FileStatus(path: path).size
                photos.append(PhotoFile(path: path, name: item.name, mediaType: type, size: size))
            } catch {
                throw ClientError(error, path: path)
            }
        }
        return (photos, items.count - photos.count)
    }
}

/// The originals of a capsule's memories and pending derivations, so that repeating a command sends no photo twice.
struct StoredPhotos: Sendable {
    private var digests: Set<String> = []
    private var sizes: Set<UInt64> = []

    /// Lists the memories and pending derivations of the capsule.
    init(_ client: UploadClient, capsule: String?) async throws {
        for try await memory in client.memories(in: capsule) {
            for asset in memory.assets where asset.kind == "original" { add(asset.sha256, asset.size) }
        }
        try await forEachPage { cursor in
            let page = try await client.derivations(in: capsule, state: .pending, cursor: cursor)
            for derivation in page.derivations {
                let blob = try await client.meta(derivation.upload)
                if let sha256 = blob.sha256 { add(sha256, blob.size) }
            }
            return page.next
        }
    }

    private mutating func add(_ digest: String, _ size: UInt64) {
        digests.insert(digest)
        sizes.insert(size)
    }

    /// Whether the capsule has the photo. Hashes the file only if an original has the same size.
    func has(_ photo: PhotoFile, _ client: UploadClient) async throws -> Bool {
        guard sizes.contains(photo.size) else { return false }
        return digests.contains(try await client.digest(ofFile: photo.path))
    }
}
