import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

extension Fixture {
    typealias Runner = DerivationRunner<HookedCatalogue, HookedBlobStore<ModelBlobStore>, ManualClock>

    /// A committed upload that is to be derived.
    ///
    /// - Parameter caller: nil for ben.
    func commitPhoto(
        _ bytes: [UInt8] = content(50), by caller: Principal? = nil, modifiedAt: Timestamp? = nil,
        companions: [Companion] = []
    ) async throws -> SessionId {
        let caller = caller ?? ben
        var request = request(length: UInt64(bytes.count))
        request.asset.modifiedAt = modifiedAt
        request.derivation = .recipe(.photo, companions: companions)
        let id = try await service.beginUpload(request, by: caller).record.id
        try await putAll(id, bytes, by: caller)
        return try await service.commit(id, by: caller).id
    }

    func runner(
        _ deriver: FakeDeriver, files: (any OpenFileProvider)? = nil, atOnce: Int = 2,
        report: @escaping @Sendable (Runner.Event) -> Void = { _ in }
    ) -> Runner {
        var policy = DerivationPolicy()
        policy.atOnce = atOnce
        return Runner(uploads: service, deriver: deriver, files: files, policy: policy, report: report)
    }

    func onlyMemory(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Memory {
        let memories = try await service.memories(in: capsule, by: anna)
        #expect(memories.count == 1, sourceLocation: sourceLocation)
        return try #require(memories.first, sourceLocation: sourceLocation)
    }
}
