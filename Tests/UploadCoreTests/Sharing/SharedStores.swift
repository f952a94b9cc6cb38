import SessionCore
import UploadCore
import UploadTestKit

/// Two engines over one catalogue and one store of segments, as on two machines. The requests of one client, ben, reach
/// either of them.
final class SharedStores: Sendable {
    typealias Service = UploadService<HookedCatalogue, HookedBlobStore<ModelSegmentStore>, ManualClock>

    let clock = ManualClock()
    let catalogue = ModelCatalogue(isShared: true)
    let segments: ModelSegmentStore
    let hooks = (a: Hooks(), b: Hooks())
    let a: Service
    let b: Service
    let capsule: CapsuleId
    let ben = Principal("ben")

    init(catalogueBytesMax: UInt64 = 0) async throws {
        segments = ModelSegmentStore(index: catalogue)
        var limits = Limits()
        limits.catalogueBytesMax = catalogueBytesMax
        limits.expiryGraceMilliseconds = 0
        a = try Self.engine(catalogue, segments, hooks.a, clock, limits)
        b = try Self.engine(catalogue, segments, hooks.b, clock, limits)
        capsule = try await a.createCapsule(title: "wedding", by: ben).id
    }

    private static func engine(
        _ catalogue: ModelCatalogue, _ segments: ModelSegmentStore, _ hooks: Hooks, _ clock: ManualClock,
        _ limits: Limits
    ) throws -> Service {
        try Service(
            catalogue: HookedCatalogue(model: catalogue, hooks: hooks),
            blobs: HookedBlobStore(model: segments, hooks: hooks), clock: clock, limits: limits)
    }

    func begin(_ layout: BeginRequest.Layout, length: UInt64? = nil) async throws -> SessionId {
        let request = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: layout, length: length)
        return try await a.beginUpload(request, by: ben).record.id
    }

    /// All bytes of a blob, as the other engine reads them.
    func read(_ id: SessionId) async throws -> [UInt8] {
        var reader = try await b.read(BlobId(id), by: ben)
        return try await reader.readAll()
    }

    /// Requires what is stored to be exactly what is recorded, once the segments of late writers are left out.
    func recordedKeys(_ id: SessionId) async throws -> Set<ObjectKey> {
        guard let key = try await catalogue.upload(id)?.meta.key else { return [] }
        return Set(try await catalogue.receipts(of: key, in: 0..<UInt64(Int64.max)).map(\.key))
    }
}
