import SessionCore
import Testing
import UploadCore
import UploadDerivation
import UploadMemories
import UploadTestKit

extension Fixture {
    typealias Runner = DerivationRunner<HookedCatalogue, HookedBlobStore<ModelBlobStore>, ManualClock>

    /// A committed upload of ben's that is to be derived.
    func commitPhoto(_ bytes: [UInt8] = content(50)) async throws -> SessionId {
        var request = request(length: UInt64(bytes.count))
        request.derivation = .recipe(.photo)
        let id = try await service.beginUpload(request, by: ben).record.id
        try await putAll(id, bytes)
        return try await service.commit(id, by: ben).id
    }

    func runner(
        _ deriver: FakeDeriver, files: (any OpenFileProvider)? = nil,
        report: @escaping @Sendable (Runner.Event) -> Void = { _ in }
    ) -> Runner {
        Runner(uploads: service, deriver: deriver, files: files, report: report)
    }

    func onlyMemory(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Memory {
        let memories = try await service.memories(in: capsule, by: anna)
        #expect(memories.count == 1, sourceLocation: sourceLocation)
        return try #require(memories.first, sourceLocation: sourceLocation)
    }
}
