package import SessionCore
package import UploadCore
import UploadTestKit

extension World {
    /// Creates the capsule of a history, with a member and a link, unless it exists.
    package func prepare<Store: Catalogue, Blobs: BlobStore, Time: WallClock>(
        _ service: UploadService<Store, Blobs, Time>
    ) async throws(UploadError) {
        guard with({ $0.capsule }) == nil else { return }
        let capsule = try await service.createCapsule(title: "wedding", by: owner)
        try await service.setRole(.writer, of: writers[1], in: capsule.id, by: owner)
        let link = try await service.createLink(
            to: capsule.id,
            expiresAt: clock.now().advanced(byMilliseconds: World.linkLifetimeMilliseconds - pace.skew), by: owner)
        with { state in
            state.capsule = capsule.id
            state.guestToken = link.token
        }
    }
}
