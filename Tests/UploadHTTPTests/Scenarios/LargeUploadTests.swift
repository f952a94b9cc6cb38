import NativeWire
import Testing
import UploadCore

/// The scenarios of the system that this one re-implements, by its profile of chunks: big files.
@Suite(.timeLimit(.minutes(5))) struct LargeUploadTests {
    private static let chunkSize = 1_800_000
    /// Twelve chunks, the last one shorter.
    private static let file = content(21_000_000)

    private var settings: ServerSettings {
        var settings = ServerSettings()
        settings.limits = .compatible
        return settings
    }

    @Test func `21 megabytes in parallel chunks come back the same`() async throws {
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(NewUploadDocument(name: "21.mp4", length: 21_000_000))
            #expect(upload.chunkSize == 1_800_000)
            #expect(upload.chunkCount == 12)
            try await api.putChunks(of: upload.id, Self.file, chunkSize: Self.chunkSize, lanes: 4, seed: 1)
            let status = try await api.status(of: upload.id)
            #expect(status.received == [[0, 11]])
            #expect(status.state == .finishing)
            let finished = try await api.finish(upload.id, expecting: Self.file)
            #expect(finished.sha256 == Digest(of: Self.file).hex)
            #expect(try await api.bytes(of: finished.blob) == Self.file)
            let last = try await api.call("GET", NativePath.chunk(11, ofBlob: finished.blob)).body
            #expect(last.elementsEqual(Self.file[(11 * Self.chunkSize)...]))
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `the same file by two sessions at once becomes two blobs`() async throws {
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let blobs = try await withThrowingTaskGroup(of: String.self) { tasks in
                for seed: UInt64 in [1, 2] {
                    tasks.addTask {
                        let upload = try await api.begin(
                            name: "same", length: Self.file.count, chunkSize: Self.chunkSize)
                        try await api.putChunks(
                            of: upload.id, Self.file, chunkSize: Self.chunkSize, lanes: 2, seed: seed)
                        return try await api.finish(upload.id, expecting: Self.file).blob
                    }
                }
                return try await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(blobs).count == 2)
            for blob in blobs { #expect(try await api.bytes(of: blob) == Self.file) }
            // One going leaves the other.
            try await api.call("DELETE", NativePath.blob(blobs[0]))
            #expect(try await api.bytes(of: blobs[1]) == Self.file)
            #expect(try await server.store.checkIssues() == [])
        }
    }
}
