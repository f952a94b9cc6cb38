import NativeWire
import Testing
import UploadCore
import UploadHTTP
import UploadMemories
import UploadTestKit

/// The scenarios of the system that this one re-implements: sessions beside each other.
@Suite(.timeLimit(.minutes(5))) struct SessionTests {
    private func settings() throws -> ServerSettings {
        var settings = ServerSettings()
        settings.authenticator = try TestCallers.authenticator()
        return settings
    }

    @Test func `an original and its three derivatives go up in two lanes`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let derivatives = [("display", 400_000), ("thumb", 70_000), ("placeholder", 900)]
            let assets = [("original", 3_000_000)] + derivatives
            let blobs = try await withThrowingTaskGroup(of: [String: String].self) { lanes in
                for lane in [[assets[0]], derivatives] {
                    lanes.addTask {
                        var blobs: [String: String] = [:]
                        for (name, size) in lane {
                            let upload = try await api.begin(
                                NewUploadDocument(
                                    name: name, type: "image/jpeg", length: UInt64(size), chunkSize: 262_144,
                                    provisionalMemoryId: "memory-1"))
                            let bytes = content(size, seed: UInt64(size))
                            try await api.putChunks(of: upload.id, bytes, chunkSize: 262_144, lanes: 2, seed: 1)
                            blobs[name] = try await api.finish(upload.id, expecting: bytes).blob
                        }
                        return blobs
                    }
                }
                return try await lanes.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
            }
            #expect(Set(blobs.values).count == 4)
            for (name, size) in assets {
                let blob = try #require(blobs[name])
                #expect(try await api.bytes(of: blob) == content(size, seed: UInt64(size)))
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `callers with the same key and the same provisional memory id do not meet`() async throws {
        try await LiveServer.run(try settings()) { server in
            let transport = SocketTransport(port: server.port)
            let (anna, ben) = (APIClient(over: transport, as: "anna"), APIClient(over: transport, as: "ben"))
            let document = NewUploadDocument(
                name: "a", length: 100_000, chunkSize: 50_000, provisionalMemoryId: "memory-1")
            async let annasUpload = anna.begin(document, key: "key")
            async let bensUpload = ben.begin(document, key: "key")
            let (annas, bens) = try await (annasUpload.id, bensUpload.id)
            #expect(annas != bens)
            #expect(try await anna.begin(document, key: "key").id == annas)
            let (annasBytes, bensBytes) = (content(100_000, seed: 1), content(100_000, seed: 2))
            async let annasChunks: Void = anna.putChunks(of: annas, annasBytes, chunkSize: 50_000, lanes: 2, seed: 1)
            async let bensChunks: Void = ben.putChunks(of: bens, bensBytes, chunkSize: 50_000, lanes: 2, seed: 2)
            _ = try await (annasChunks, bensChunks)
            let annasBlob = try await anna.finish(annas, expecting: annasBytes).blob
            let bensBlob = try await ben.finish(bens, expecting: bensBytes).blob
            #expect(try await anna.bytes(of: annasBlob) == annasBytes)
            #expect(try await ben.bytes(of: bensBlob) == bensBytes)
            await #expect(throws: APIClient.Refused.self) { try await anna.bytes(of: bensBlob) }
            await #expect(throws: APIClient.Refused.self) { try await ben.status(of: annas) }
        }
    }

    @Test func `sessions do not affect each other`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let bytes = (0..<4).map { content(200_000, seed: UInt64($0)) }
            let uploads = try await bytes.indices.asyncMap { index in
                try await api.begin(name: "\(index)", length: 200_000, chunkSize: 100_000).id
            }
            for (upload, bytes) in zip(uploads, bytes) {
                try await api.putChunk(1, of: upload, Array(bytes[100_000...]))
            }
            try await api.abort(uploads[0])
            // Bytes of another are no chunk of this one.
            await #expect(throws: APIClient.Refused.self) {
                try await api.putChunk(1, of: uploads[1], Array(bytes[2][100_000...]))
            }
            try await api.putChunk(0, of: uploads[2], Array(bytes[2][..<100_000]))
            _ = try await api.finish(uploads[2], expecting: bytes[2])
            for upload in [uploads[1], uploads[3]] {
                let status = try await api.status(of: upload)
                #expect(status.received == [[1, 1]])
                #expect(status.missing == [[0, 0]])
            }
            for index in [1, 3] {
                try await api.putChunk(0, of: uploads[index], Array(bytes[index][..<100_000]))
                let blob = try await api.finish(uploads[index], expecting: bytes[index]).blob
                #expect(try await api.bytes(of: blob) == bytes[index])
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `a blob can be read the moment its upload is finished, a hundred times in a row`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            for round in 0..<100 {
                let bytes = content(round.isMultiple(of: 2) ? 1000 : 70_000, seed: UInt64(round))
                let blob = try await api.upload(bytes, name: "\(round)", chunkSize: 40_000).blob
                #expect(try await api.bytes(of: blob) == bytes, "round \(round)")
            }
        }
    }

    @Test func `sparse chunks of two uploads, interleaved, find their places`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let (first, second) = (content(100_000, seed: 1), content(95_000, seed: 2))
            let one = try await api.begin(name: "1", length: first.count, chunkSize: 10_000).id
            let two = try await api.begin(NewUploadDocument(name: "2", chunkSize: 10_000)).id
            let (firstChunks, secondChunks) = (first.chunked(by: 10_000), second.chunked(by: 10_000))
            for index in [9, 0, 5, 3] {
                try await api.putChunk(index, of: one, firstChunks[index])
                try await api.putChunk(9 - index, of: two, secondChunks[9 - index])
            }
            #expect(try await api.status(of: one).missing == [[1, 2], [4, 4], [6, 8]])
            #expect(try await api.status(of: two).missing == [[1, 3], [5, 5], [7, 8]])
            for index in [8, 1, 7, 2, 6, 4] {
                try await api.putChunk(index, of: one, firstChunks[index])
                try await api.putChunk(9 - index, of: two, secondChunks[9 - index])
            }
            let blobs = (
                try await api.finish(one, expecting: first).blob, try await api.finish(two, expecting: second).blob
            )
            #expect(try await api.bytes(of: blobs.0) == first)
            #expect(try await api.bytes(of: blobs.1) == second)
        }
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
