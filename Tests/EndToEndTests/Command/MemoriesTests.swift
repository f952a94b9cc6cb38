import NativeWire
import Testing
import UploadClient
import UploadTestKit

@Suite(.serialized, .timeLimit(.minutes(5))) struct MemoriesTests {
    /// Creates a memory of a blob and an inline asset.
    private func make(_ title: String, of blob: String, _ client: UploadClient) async throws -> MemoryDocument {
        try await client.createMemory(
            NewMemoryDocument(
                title: title, tags: ["sea"],
                assets: [NewAssetDocument(kind: "original", blob: blob, width: 3, height: 2)],
                inlineAssets: [
                    NewInlineAssetDocument(kind: "placeholder", type: "image/webp", data: WireBytes([1, 2]))
                ]))
    }

    @Test func `memories are listed in both orders, shown, and deleted with their blobs`() async throws {
        try await CommandFixture.run { fixture in
            let blob = try await fixture.put(try fixture.file("cat.jpg", Content(seed: 1, length: 5000)))
            let ids = try await withClient(port: fixture.server.port) { client in
                try await [make("first", of: blob, client).id, make("second\u{1B}[2J", of: blob, client).id]
            }
            #expect(try await fixture.documents(MemoryDocument.self, "memories").map(\.id) == ids)
            #expect(
                try await fixture.documents(MemoryDocument.self, "memories", "--newest").map(\.id) == ids.reversed())
            let list = try await fixture.run("memories").output
            #expect(list.contains("\(ids[0])  complete  original placeholder  first"))
            // Titles are untrusted and must not move the cursor.
            #expect(!list.contains("\u{1B}"))

            let shown = try await fixture.run("memories", "show", ids[0]).output
            #expect(shown.contains("tags      sea") && shown.contains("3 × 2  blob \(blob)"))
            #expect(
                try await fixture.documents(MemoryDocument.self, "memories", "show", ids[0]).map(\.title) == ["first"])

            try await fixture.run("memories", "delete", ids[0])
            try await fixture.run("memories", "delete", ids[0], status: 1)
            #expect(try await fixture.bytes(of: blob) == Content(seed: 1, length: 5000).bytes)
            try await fixture.run("memories", "delete", ids[1], "--with-blobs")
            try await fixture.run("get", blob, "-o", fixture.path("gone"), status: 1)
            #expect(try await fixture.run("memories").output == "")
        }
    }

    @Test func `a client makes a memory, changes it and reads its assets`() async throws {
        try await CommandFixture.run { fixture in
            let content = Content(seed: 2, length: 200_000)
            let file = try fixture.file("cat.jpg", content)
            try await withClient(port: fixture.server.port) { client in
                let capsule = try await client.createCapsule(title: "Summer").id
                let blob = try await client.put(.file(path: file), options: PutOptions(capsule: capsule)).blob
                let memory = try await client.createMemory(
                    NewMemoryDocument(assets: [NewAssetDocument(kind: "original", blob: blob)]), in: capsule)
                _ = try await client.updateMemory(memory.id, MemoryPatchDocument(title: .set("The sea")))
                let thumb = NewInlineAssetDocument(kind: "thumb", type: "image/webp", data: WireBytes([7]))
                let whole = try await client.addAsset(.inline(thumb), to: memory.id)
                #expect(whole.title == "The sea" && whole.assets.map(\.kind) == ["original", "thumb"])

                _ = try await client.getAsset("original", of: memory.id, to: fixture.path("original"))
                #expect(TestFiles.read(fixture.path("original")) == content.bytes)
                _ = try await client.getAsset("thumb", of: memory.id, to: fixture.path("thumb"))
                #expect(TestFiles.read(fixture.path("thumb")) == [7])

                let original = try #require(whole.assets.first)
                try await client.removeAsset(original.id, from: memory.id, freeingBlob: true)
                var listed: [MemoryDocument] = []
                for try await memory in client.memories(in: capsule, includesInline: true) { listed.append(memory) }
                #expect(listed.map { $0.assets.map(\.data?.bytes) } == [[[7]]])
                await #expect(throws: ClientError.self) { try await client.meta(blob) }
            }
        }
    }

    @Test func `a pending derivation is listed until its memory exists`() async throws {
        try await CommandFixture.run(flags: ["--set", "imaging=off"]) { fixture in
            let file = try fixture.file("cat.jpg", Content(seed: 3, length: 5000))
            try await withClient(port: fixture.server.port) { client in
                let finished = try await client.put(.file(path: file), options: PutOptions(derive: "photo"))
                let derivation = try #require(try await client.status(finished.upload).derivation)
                #expect(derivation.recipe == "photo" && derivation.state == .pending && derivation.attempts == 0)
                let listed = try await fixture.documents(ListedDerivationDocument.self, "memories")
                #expect(listed.map(\.upload) == [finished.upload] && listed.map(\.name) == ["cat.jpg"])
                #expect(try await fixture.run("memories").output.contains("\(finished.upload)  pending"))
            }
        }
    }
}
