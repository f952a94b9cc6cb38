import Testing
import UploadTestKit
import Wharf

/// The example of the README, word for word but for the directory.
@Suite struct ReadmeExampleTests {
    @Test func `the example of the README works on real files`() async throws {
        let directory = try TemporaryDirectory()
        defer { withExtendedLifetime(directory) {} }
        let store = try await EmbeddedStore(directory: directory.path)
        let anna = Principal("anna")
        let capsule = try await store.uploads.createCapsule(title: "Wedding", by: anna)

        let photo: [UInt8] = Array(repeating: 7, count: 20_000_000)
        let request = BeginRequest(capsule: capsule.id, asset: AssetMetadata(name: "kiss.jpg"), length: 20_000_000)
        let upload = try await store.uploads.beginUpload(request, by: anna).record
        for index in 0..<3 {
            let start = index * 8 << 20
            let chunk = photo[start..<min(start + 8 << 20, photo.count)]
            try await store.uploads.putChunk(upload.id, index: UInt64(index), chunk, by: anna)
        }
        let blob = try await store.uploads.commit(upload.id, digest: Digest(of: photo), by: anna)

        var reader = try await store.uploads.read(BlobId(blob.id), by: anna)
        var count = 0
        while let bytes = try await reader.next() { count += bytes.count }
        #expect(count == photo.count)
        #expect(try await store.check().isClean)
        await store.close()
    }
}
