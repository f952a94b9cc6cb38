import NativeWire
import UploadClient

/// The originals that a capsule has, or is going to have, so that a run that is repeated makes no photo twice.
struct KnownPhotos: Sendable {
    private var digests: Set<String> = []
    private var sizes: Set<UInt64> = []

    /// Asks for all memories of the capsule, and for what waits to become one.
    init(_ client: UploadClient, capsule: String?) async throws {
        for try await memory in client.memories(in: capsule) {
            for asset in memory.assets where asset.kind == "original" { add(asset.sha256, asset.size) }
        }
        var cursor: String?
        repeat {
            let page = try await client.derivations(in: capsule, state: .pending, cursor: cursor)
            for derivation in page.derivations {
                let blob = try await client.meta(derivation.upload)
                if let sha256 = blob.sha256 { add(sha256, blob.size) }
            }
            cursor = page.next
        } while cursor != nil
    }

    private mutating func add(_ digest: String, _ size: UInt64) {
        digests.insert(digest)
        sizes.insert(size)
    }

    /// Reads the file only if one of its size is known.
    func has(_ photo: PhotoFile, _ client: UploadClient) async throws -> Bool {
        guard sizes.contains(photo.size) else { return false }
        return digests.contains(try await client.digest(ofFile: photo.path))
    }
}
