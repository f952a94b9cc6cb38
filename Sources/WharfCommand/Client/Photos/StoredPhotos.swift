import NativeWire
import UploadClient

/// The originals of a capsule's memories and pending derivations, so that repeating a command sends no photo twice.
struct StoredPhotos: Sendable {
    /// Where an original is.
    enum Place: Sendable {
        case memory(MemoryDocument)
        /// The upload, which will become a memory.
        case pending(upload: String)
    }

    private var places: [String: Place] = [:]
    private var sizes: Set<UInt64> = []

    /// None.
    init() {}

    /// Lists the memories and pending derivations of the capsule, and keeps those of the sizes of these photos.
    init(_ client: UploadClient, capsule: String?, like photos: [PhotoFile]) async throws {
        let wanted = Set(photos.map(\.size))
        try await forEachPage { cursor in
            let page = try await client.derivations(in: capsule, state: .pending, cursor: cursor)
            for derivation in page.derivations {
                let blob = try await client.meta(derivation.upload)
                if let sha256 = blob.sha256, wanted.contains(blob.size) {
                    add(sha256, blob.size, .pending(upload: derivation.upload))
                }
            }
            return page.next
        }
        // After the derivations: one that ends meanwhile has its memory by now.
        for try await memory in client.memories(in: capsule) {
            for asset in memory.assets where asset.kind == "original" && wanted.contains(asset.size) {
                add(asset.sha256, asset.size, .memory(memory))
            }
        }
    }

    private mutating func add(_ digest: String, _ size: UInt64, _ place: Place) {
        places[digest] = place
        sizes.insert(size)
    }

    /// Where the capsule has the photo; nil if it has not. Hashes the file only if an original has the same size.
    func place(of photo: PhotoFile, _ client: UploadClient) async throws -> Place? {
        guard sizes.contains(photo.size) else { return nil }
        return places[try await client.digest(of: photo.path)]
    }
}
