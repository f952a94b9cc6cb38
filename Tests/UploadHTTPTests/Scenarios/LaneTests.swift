import NativeWire
import Testing
import UploadCore
import UploadHTTP
import UploadMemories

/// The five scenarios of the system that this one re-implements, with lane B by the client.
@Suite(.timeLimit(.minutes(5))) struct LaneTests {
    @Test func `lane A alone: the original is complete and readable, without a memory`() async throws {
        try await LiveServer.run { server in
            let (api, photo) = (APIClient(over: SocketTransport(port: server.port)), Photo(number: 1))
            let original = try await photo.uploadOriginal(api)[0]
            #expect(try await api.bytes(of: original.blob) == photo.bytes("original"))
            #expect(try await api.memories().memories == [])
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `lane B alone: the derivatives become a memory that an original can join later`() async throws {
        try await LiveServer.run { server in
            let (api, photo) = (APIClient(over: SocketTransport(port: server.port)), Photo(number: 2))
            let memory = try await photo.makeMemory(try await photo.uploadDerivatives(api), api)
            #expect(memory.assets.map(\.kind) == ["display", "thumb", "placeholder"])
            for asset in memory.assets {
                #expect(try await api.bytes(ofAsset: asset.kind, of: memory.id) == photo.bytes(asset.kind))
            }
            let original = try await photo.uploadOriginal(api)[0]
            let json = String(decoding: try NativeJSON.encode(original), as: UTF8.self)
            let joined = try await api.call("POST", NativePath.assets(of: memory.id), json: json)
                .document(MemoryDocument.self)
            #expect(joined.assets.map(\.kind) == ["display", "thumb", "placeholder", "original"])
            #expect(try await api.bytes(ofAsset: "original", of: memory.id) == photo.bytes("original"))
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `both lanes in parallel, for many photos at once, mix up nothing`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let assets = try await withThrowingTaskGroup(of: [NewAssetDocument].self) { lanes in
                for number in 0..<6 {
                    lanes.addTask { try await Photo(number: number).uploadOriginal(api) }
                    lanes.addTask { try await Photo(number: number).uploadDerivatives(api) }
                }
                return try await lanes.reduce(into: []) { $0 += $1 }
            }
            #expect(Set(assets.map(\.blob)).count == 18)
            for asset in assets {
                let name = try await api.call("GET", NativePath.blobMeta(asset.blob)).document(BlobDocument.self).name
                let number = try #require(Int(name.split(separator: "-")[1]))
                #expect(try await api.bytes(of: asset.blob) == Photo(number: number).bytes(asset.kind))
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `the complete system: four assets and one memory for each photo`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let made = try await withThrowingTaskGroup(of: MemoryDocument.self) { photos in
                for number in 0..<4 { photos.addTask { try await Photo(number: number).uploadWhole(api) } }
                return try await photos.reduce(into: []) { $0.append($1) }
            }
            let listed = try await api.memories().memories
            #expect(listed.count == 4 && Set(listed) == Set(made))
            for memory in listed {
                #expect(memory.state == .complete && memory.thumbhash?.bytes == [1, 2, 3])
                #expect(memory.assets.map(\.kind) == ["original", "display", "thumb", "placeholder"])
                #expect(memory.assets.map { $0.inline ?? false } == [false, false, false, true])
                let photo = Photo(number: try #require(Int(memory.title.dropFirst(6))))
                #expect(memory.assets.map(\.sha256) == memory.assets.map { Digest(of: photo.bytes($0.kind)).hex })
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `every asset is readable right after the response, by kind, by id and as a blob`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            for number in 0..<10 {
                let photo = Photo(number: number)
                let memory = try await photo.uploadWhole(api)
                for asset in memory.assets {
                    let bytes = photo.bytes(asset.kind)
                    #expect(try await api.bytes(ofAsset: asset.kind, of: memory.id) == bytes)
                    #expect(try await api.bytes(ofAsset: asset.id, of: memory.id) == bytes)
                    if let blob = asset.blob { #expect(try await api.bytes(of: blob) == bytes) }
                }
                #expect(try await api.memory(memory.id) == memory)
            }
        }
    }
}
