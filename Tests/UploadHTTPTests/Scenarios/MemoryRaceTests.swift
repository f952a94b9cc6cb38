import NativeWire
import Testing
import UploadCore
import UploadHTTP
import UploadMemories

/// Calls about the same memory or blob at the same moment.
@Suite(.timeLimit(.minutes(5))) struct MemoryRaceTests {
    private static let rounds = 30

    private func memory(_ blob: String) -> NewMemoryDocument {
        NewMemoryDocument(assets: [NewAssetDocument(kind: "original", blob: blob)])
    }

    @Test func `the same key many times at once makes one memory`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let document = memory(try await api.putBlob([1]).blob)
            let made = try await withThrowingTaskGroup(of: MemoryDocument.self) { calls in
                for _ in 0..<12 { calls.addTask { try await api.makeMemory(document, key: "key") } }
                return try await calls.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(made).count == 1)
            #expect(try await api.memories().memories == [made[0]])
        }
    }

    @Test func `a blob is deleted or becomes an asset, never both`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            for _ in 0..<Self.rounds {
                let blob = try await api.putBlob(content(100)).blob
                async let making = api.status(
                    "POST", NativePath.memories(in: NativePath.defaultCapsule), json: self.memory(blob))
                async let deleting = api.status("DELETE", NativePath.blob(blob))
                let (made, deleted) = (try await making, try await deleting)
                #expect([[201, 409], [404, 204]].contains([made, deleted]), "\(made) and \(deleted)")
                #expect(try await api.status("GET", NativePath.blob(blob)) == (made == 201 ? 200 : 404))
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `an asset added while its memory is deleted is deleted or refused`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            for _ in 0..<Self.rounds {
                let (first, second) = (try await api.putBlob([1]).blob, try await api.putBlob(content(70_000)).blob)
                let id = try await api.makeMemory(self.memory(first)).id
                async let adding = api.status(
                    "POST", NativePath.assets(of: id), json: NewAssetDocument(kind: "thumb", blob: second))
                async let deleting = api.status("DELETE", NativePath.deletion(ofMemory: id, withBlobs: true))
                let (added, deleted) = (try await adding, try await deleting)
                #expect(deleted == 204 && [201, 404].contains(added), "\(added) and \(deleted)")
                #expect(try await api.status("GET", NativePath.memory(id)) == 404)
                #expect(try await api.status("GET", NativePath.blob(first)) == 404)
                #expect(try await api.status("GET", NativePath.blob(second)) == (added == 201 ? 404 : 200))
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `two memories with one blob can be deleted with it at once`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            for _ in 0..<Self.rounds {
                let blob = try await api.putBlob(content(70_000)).blob
                let ids = [
                    try await api.makeMemory(self.memory(blob)).id, try await api.makeMemory(self.memory(blob)).id,
                ]
                async let one = api.status("DELETE", NativePath.deletion(ofMemory: ids[0], withBlobs: true))
                async let other = api.status("DELETE", NativePath.deletion(ofMemory: ids[1], withBlobs: true))
                #expect(try await [one, other] == [204, 204])
                #expect(try await api.status("GET", NativePath.blob(blob)) == 404)
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `a memory takes no blobs of another capsule, even of one's own`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let elsewhere = try await api.makeCapsule()
            let blob = try await api.putBlob([1]).blob
            let refused = await #expect(throws: APIClient.Refused.self) {
                try await api.makeMemory(self.memory(blob), in: elsewhere)
            }
            #expect(refused?.status == 404 && refused?.text.contains("assets[0].blob") == true)
            #expect(try await api.memories(in: elsewhere).memories == [])
        }
    }
}
