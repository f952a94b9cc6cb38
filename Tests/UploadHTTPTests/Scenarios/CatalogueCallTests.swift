import CatalogueSQLite
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// How often a request asks the catalogue, whose one thread all requests share.
@Suite(.timeLimit(.minutes(5))) struct CatalogueCallTests {
    private let caller = LocalAuthenticator.caller.principal

    /// The calls of the catalogue that `body` makes.
    private func calls(of store: TestStore, _ body: () async throws -> Void) async throws -> UInt64 {
        let before = store.uploads.catalogue.statistics.operations
        try await body()
        return store.uploads.catalogue.statistics.operations - before
    }

    @Test func `a page of 1,000 uploads is two calls: for access, and for the page`() async throws {
        let settings = ServerSettings()
        let store = try await TestStore(settings)
        let api = APIClient(over: RouterTransport(store, settings))
        for number in 0..<1000 { try await api.call("POST", NativePath.blobs + "?name=\(number)", bytes: [1]) }
        let count = try await calls(of: store) {
            let page = try await api.call("GET", NativePath.uploads + "?limit=1000").document(SessionListDocument.self)
            #expect(page.sessions.count == 1000)
        }
        #expect(count == 2)
        await store.close()
    }

    @Test func `the header of a blob is one call, also of a concatenation`() async throws {
        let settings = ServerSettings()
        let store = try await TestStore(settings)
        let (uploads, api) = (store.uploads, APIClient(over: RouterTransport(store, settings)))
        let capsule = try await uploads.defaultCapsuleId(of: caller)
        let part = BeginRequest(
            capsule: capsule, asset: AssetMetadata(name: "part"), layout: .append, length: 3, isPartial: true)
        let id = try await uploads.putWhole(part, [1, 2, 3], by: caller).record.id
        let whole = try await uploads.concatenate(
            BeginRequest(capsule: capsule, asset: AssetMetadata(name: "whole"), layout: .append),
            parts: Array(repeating: id, count: 16), by: caller)
        let path = NativePath.blob(whole.id.text)
        let count = try await calls(of: store) {
            let response = try await api.call("HEAD", path)
            #expect(response.fields.contains { $0.name == "Content-Length" && $0.value == "48" })
        }
        #expect(count == 1)
        await store.close()
    }
}
