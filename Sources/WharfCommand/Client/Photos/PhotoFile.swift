import ImagingWire
import NativeWire
import SessionCore
import UploadClient

/// A file whose name has the extension of a photo.
struct PhotoFile: Hashable, Sendable {
    let path: LocalPath
    /// For messages.
    let label: String
    /// Relative to the given directory.
    let name: String
    let mediaType: String
    let size: UInt64
    let modifiedAt: Timestamp?

    private static let mediaTypes = Set(PictureFormat.allCases.flatMap(\.mediaTypes))

    /// The media type by extension; nil for other files.
    static func mediaType(ofName name: String) -> String? {
        MediaTypes.guess(fromName: name).flatMap { mediaTypes.contains($0) ? $0 : nil }
    }

    /// The photos among the files of a walk.
    static func all(_ walk: FileWalk) -> [PhotoFile] {
        walk.items.compactMap { item in
            guard let path = item.file?.path, let type = mediaType(ofName: item.name) else { return nil }
            return PhotoFile(
                path: path, label: item.label, name: item.name, mediaType: type, size: item.size,
                modifiedAt: WireTime(nanoseconds: item.modifiedNanoseconds)?.timestamp)
        }
    }
}

/// The originals of a capsule's memories and pending derivations, so that repeating a command sends no photo twice.
struct StoredPhotos: Sendable {
    private var digests: Set<String> = []
    private var sizes: Set<UInt64> = []

    /// None.
    init() {}

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
        return digests.contains(try await client.digest(of: photo.path))
    }
}
