import NativeWire
import Testing
import UploadCore
import UploadHTTP
import UploadTestKit

/// The scenarios of the system that this one re-implements: a client that does not know whether it was heard, and a
/// sweep at the wrong moment.
@Suite(.timeLimit(.minutes(5))) struct RepetitionTests {
    /// Loses the answer to every request and asks again, as a client does after a cut: the second answer is the one it
    /// gets.
    private struct Deaf: Transport {
        let transport: SocketTransport

        func send(_ request: ClientRequest) async throws -> ClientResponse {
            try await RawConnection.open(port: transport.port) { connection in
                try await connection.send(Array(request.header.utf8) + request.framedBody)
                // The answer came, and is not looked at.
                _ = try await connection.readResponse(to: request.method)
                try await connection.reset()
            }
            return try await transport.send(request)
        }
    }

    @Test func `every call of an upload can be repeated`() async throws {
        try await LiveServer.run { server in
            let deaf = APIClient(over: Deaf(transport: SocketTransport(port: server.port)))
            let bytes = content(250_000)
            let finished = try await deaf.upload(bytes, name: "a", chunkSize: 100_000, key: "key")
            #expect(try await deaf.bytes(of: finished.blob) == bytes)
            let whole = try await deaf.putBlob(bytes, name: "b", key: "other key")
            #expect(try await deaf.bytes(of: whole.blob) == bytes)
            let aborted = try await deaf.begin(name: "c", length: 1, chunkSize: 1, key: "third key").id
            try await deaf.abort(aborted)
            let stats = try await deaf.call("GET", NativePath.sessionStats).document(SessionStatsDocument.self)
            #expect(stats.total == 3)
            #expect(stats.blobs == 2)
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `an upload in use survives every sweep, and an unused one expires`() async throws {
        var settings = ServerSettings()
        settings.limits.timeToLiveMilliseconds = 10_000
        settings.limits.expiryGraceMilliseconds = 0
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let bytes = content(1_000_000)
            let left = try await api.begin(name: "left", length: 100_000, chunkSize: 50_000).id
            try await api.putChunk(0, of: left, content(50_000))
            let used = try await api.begin(name: "used", length: bytes.count, chunkSize: 50_000).id
            let expired = try await withThrowingTaskGroup(of: [String].self) { tasks in
                tasks.addTask {
                    for (index, chunk) in bytes.chunked(by: 50_000).enumerated() {
                        try await api.putChunk(index, of: used, chunk)
                        // Twenty chunks take as long as ten lives of an upload.
                        server.store.clock.advance(milliseconds: 5_000)
                    }
                    return []
                }
                tasks.addTask {
                    var expired: [String] = []
                    for _ in 0..<40 {
                        expired += try await api.call("POST", NativePath.cleanUpExpired)
                            .document(CleanupDocument.self).expired
                    }
                    return expired
                }
                return try await tasks.reduce(into: []) { $0 += $1 }
            }
            let late = try await api.call("POST", NativePath.cleanUpExpired).document(CleanupDocument.self).expired
            #expect(expired + late == [left])
            let blob = try await api.finish(used, expecting: bytes).blob
            #expect(try await api.bytes(of: blob) == bytes)
            #expect(try await api.status(of: left).state == .expired)
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `a body that takes longer than an upload lives keeps its upload alive`() async throws {
        var settings = ServerSettings()
        settings.limits.timeToLiveMilliseconds = 10_000
        settings.limits.expiryGraceMilliseconds = 0
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let bytes = content(1_000_000)
            let upload = try await api.begin(name: "slow", length: bytes.count, chunkSize: bytes.count).id
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                        + "Content-Length: \(bytes.count)\r\n\r\n")
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                for piece in bytes.chunked(by: 100_000) {
                    try await connection.send(piece)
                    server.store.clock.advance(milliseconds: 8_000)
                    let swept = try await api.call("POST", NativePath.cleanUpExpired)
                    #expect(try swept.document(CleanupDocument.self).expired == [])
                }
                #expect(try await connection.readResponse().status == 204)
            }
            #expect(try await api.finish(upload, expecting: bytes).size == 1_000_000)
        }
    }
}
