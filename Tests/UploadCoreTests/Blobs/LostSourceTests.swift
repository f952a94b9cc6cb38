import SessionCore
import Testing
import UploadCore
import UploadTestKit

/// Blobs whose segments the store has lost: nothing new rests on them.
@Suite struct LostSourceTests {
    private typealias Service = UploadService<ModelCatalogue, ModelSegmentStore, ManualClock>

    private let segments: ModelSegmentStore
    private let service: Service
    private let ben = Principal("ben")
    private let capsule: CapsuleId
    private static let contents = (1...20).map { content(40 + $0) }
    /// Of these contents.
    private var blobs: [SessionId] = []

    init() async throws {
        let catalogue = ModelCatalogue(isShared: true)
        segments = ModelSegmentStore(index: catalogue)
        var limits = Limits()
        limits.catalogueBytesMax = 0
        service = try Service(catalogue: catalogue, blobs: segments, clock: ManualClock(), limits: limits)
        capsule = try await service.createCapsule(title: "wedding", by: ben).id
        for bytes in Self.contents {
            let id = try await service.beginUpload(request, by: ben).record.id
            _ = try await service.append(id, at: 0, bytes[...], by: ben)
            _ = try await service.commit(id, length: UInt64(bytes.count), by: ben)
            blobs.append(id)
        }
    }

    private var request: BeginRequest {
        BeginRequest(capsule: capsule, asset: AssetMetadata(name: "photo.jpg"), layout: .append)
    }

    private func found() async throws -> [SessionId] {
        let digests = Self.contents.map { Digest(of: $0) }
        return try await service.blobs(withDigests: digests, in: capsule, by: ben).map(\.id.value)
    }

    private func keys(of id: SessionId) async throws -> [ObjectKey] {
        let key = try await service.sessions.get(id).meta.key
        return try await service.sessions.catalogue.receipts(of: key, in: 0..<1000).map(\.key)
    }

    @Test(arguments: [true, false])
    func `a blob that has lost a segment is neither found nor copied`(_ isFirst: Bool) async throws {
        #expect(try await Set(found()) == Set(blobs))
        let keys = try await keys(of: blobs[3])
        let lost = try #require(isFirst ? keys.first : keys.last)
        let bytes = segments.change { $0.removeValue(forKey: lost) }
        #expect(try await Set(found()) == Set(blobs).subtracting([blobs[3]]))
        await expectRefusal(.storeCorrupt) { () async throws(UploadError) in
            try await service.copy(BlobId(blobs[3]), request, by: ben)
        }
        // It was restored.
        segments.change { $0[lost] = bytes }
        #expect(try await Set(found()) == Set(blobs))
        _ = try await service.copy(BlobId(blobs[3]), request, by: ben)
    }

    @Test func `a copy of a copy is refused, too`() async throws {
        let copy = try await service.copy(BlobId(blobs[0]), request, by: ben).record.id
        let keys = try await keys(of: blobs[0])
        segments.change { $0[keys[1]] = nil }
        await expectRefusal(.storeCorrupt) { () async throws(UploadError) in
            try await service.copy(BlobId(copy), request, by: ben)
        }
    }

    @Test func `what a store does not tell is not found, and all others are`() async throws {
        segments.makeUnreadable(Set(try await keys(of: blobs[9])))
        #expect(try await Set(found()) == Set(blobs).subtracting([blobs[9]]))
        await expectRefusal(.unavailable) { () async throws(UploadError) in
            try await service.copy(BlobId(blobs[9]), request, by: ben)
        }
    }
}
