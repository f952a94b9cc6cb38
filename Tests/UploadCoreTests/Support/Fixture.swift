import SessionCore
import UploadCore
import UploadTestKit

/// One engine on models of its stores, a clock that the test turns, and a capsule: anna owns it, ben writes and rita
/// reads in it, mallory has nothing to do with it.
final class Fixture: Sendable {
    typealias Service = UploadService<HookedCatalogue, HookedBlobStore<ModelBlobStore>, ManualClock>
    typealias Writer = Service.Writer

    let hooks = Hooks()
    let clock = ManualClock()
    let model = ModelCatalogue()
    let objects = ModelBlobStore()
    let service: Service
    let capsule: CapsuleId
    let limits: Limits

    let anna = Principal("anna")
    let ben = Principal("ben")
    let rita = Principal("rita")
    let mallory = Principal("mallory")

    /// - Parameter storage: Where uploads of known length live that do not say otherwise.
    init(_ storage: Storage = .file, _ adjust: (inout Limits) -> Void = { _ in }) async throws {
        var limits = Limits()
        limits.catalogueBytesMax = storage == .file ? 0 : 64 << 10
        limits.expiryGraceMilliseconds = 0
        adjust(&limits)
        self.limits = limits
        service = try Self.open(model, objects, hooks, clock, limits)
        let capsule = try await service.createCapsule(title: "wedding", by: anna)
        try await service.setRole(.writer, of: ben, in: capsule.id, by: anna)
        try await service.setRole(.reader, of: rita, in: capsule.id, by: anna)
        self.capsule = capsule.id
    }

    private static func open(
        _ model: ModelCatalogue, _ objects: ModelBlobStore, _ hooks: Hooks, _ clock: ManualClock, _ limits: Limits
    ) throws -> Service {
        try Service(
            catalogue: HookedCatalogue(model: model, hooks: hooks),
            blobs: HookedBlobStore(model: objects, hooks: hooks),
            clock: clock, limits: limits)
    }

    /// The engine that another process would be on the same stores. The first one is not used any more.
    func reopened(_ adjust: (inout Limits) -> Void = { _ in }) throws -> Service {
        var limits = limits
        adjust(&limits)
        return try Self.open(model, objects, hooks, clock, limits)
    }

    var sessions: SessionCompat<HookedCatalogue, HookedBlobStore<ModelBlobStore>, ManualClock> { service.sessions }

    // MARK: Requests

    func request(
        _ layout: BeginRequest.Layout = .chunks(size: 10), length: UInt64? = nil, key: String? = nil
    ) -> BeginRequest {
        BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "photo.jpg", contentType: "image/jpeg"), layout: layout,
            length: length, idempotencyKey: key.map { IdempotencyKey(bytes: Array($0.utf8)) })
    }

    /// Begins an upload of ben's.
    func begin(
        _ layout: BeginRequest.Layout = .chunks(size: 10), length: UInt64? = nil, key: String? = nil,
        digest: Digest? = nil, isPartial: Bool = false
    ) async throws -> SessionId {
        var request = request(layout, length: length, key: key)
        request.expectedDigest = digest
        request.isPartial = isPartial
        return try await service.beginUpload(request, by: ben).record.id
    }

    func status(_ id: SessionId) async throws -> SessionStatus {
        try await sessions.get(id).session.meta.status
    }

    // MARK: Whole uploads

    /// Sends all bytes as chunks of ten and commits them.
    @discardableResult
    func commit(_ bytes: [UInt8], key: String? = nil, isPartial: Bool = false) async throws -> SessionId {
        let id = try await begin(length: UInt64(bytes.count), key: key, isPartial: isPartial)
        try await putAll(id, bytes)
        _ = try await service.commit(id, by: ben)
        return id
    }

    /// - Parameter caller: nil for ben.
    func putAll(_ id: SessionId, _ bytes: [UInt8], by caller: Principal? = nil) async throws {
        for (index, chunk) in bytes.chunks(of: 10).enumerated() {
            try await service.putChunk(id, index: UInt64(index), chunk, by: caller ?? ben)
        }
    }

    /// All bytes of a blob.
    func read(_ id: SessionId, _ range: Range<UInt64>? = nil) async throws -> [UInt8] {
        var reader = try await service.read(BlobId(id), range, by: ben)
        return try await reader.readAll()
    }

    /// Lets tasks that are ready run for a while. Nothing may depend on how far they come.
    func settleDown() async {
        for _ in 0..<50 { await Task.yield() }
    }

    // MARK: What lies in the stores

    /// The number of objects, and their bytes together.
    func stored() async throws -> (count: Int, bytes: UInt64) {
        var sizes: [UInt64] = []
        for shard in objects.shards { sizes += try await objects.contents(ofShard: shard).objects.map(\.size) }
        return (sizes.count, sizes.reduce(0, +))
    }
}

/// Bytes that differ from place to place.
func content(_ count: Int, from start: Int = 0) -> [UInt8] {
    (start..<start + count).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 8 ^ $0 >> 16) }
}

extension [UInt8] {
    func chunks(of size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }

    /// Other bytes, as many.
    var inverted: [UInt8] { map { ~$0 } }
}

extension Began {
    var isReplay: Bool { if case .replayed = self { true } else { false } }
}

extension UploadRecord {
    var missing: [ClosedRange<UInt64>] { session.pieces.missing(below: session.spec.chunkCount ?? 0) }
}

extension SessionStatus {
    var isAborted: Bool { if case .aborted = self { true } else { false } }
    var isExpired: Bool { if case .expired = self { true } else { false } }
    var isCommitted: Bool { if case .committed = self { true } else { false } }
}
