import NativeWire
import Testing
import UploadHTTP

/// What a server that is told to end does with whoever is there.
@Suite(.timeLimit(.minutes(5))) struct ShutdownTests {
    private func header(_ upload: String) -> String {
        "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n"
    }

    @Test func `a request in progress is answered within the grace, and then the connection ends`() async throws {
        var settings = ServerSettings()
        settings.graceMilliseconds = 10_000
        settings.http.shutdownBodyMilliseconds = 10_000
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 100_000, chunkSize: 100_000).id
            try await RawConnection.open(port: server.port) { connection in
                try await RawConnection.open(port: server.port) { idle in
                    #expect(try await idle.exchange(ClientRequest("GET", "/healthz")).status == 200)
                    try await connection.send(header(upload))
                    #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                    await server.stop()
                    // Nobody is at work for the idle one.
                    #expect(await idle.readToEnd() == [])
                }
                try await eventually("new connections are taken") {
                    do {
                        try await RawConnection.open(port: server.port) { _ in }
                        return false
                    } catch {
                        return true
                    }
                }
                try await connection.send(content(100_000))
                #expect(try await connection.readResponse().status == 204)
                #expect(await connection.readToEnd() == [])
            }
            #expect(try await Self.receivedBytes(of: upload, at: server) == 100_000)
        }
    }

    @Test func `a body in progress is stopped with 503 and the durable offset, long before the grace`() async throws {
        var settings = ServerSettings()
        settings.graceMilliseconds = 600_000
        settings.http.shutdownBodyMilliseconds = 1000
        try await LiveServer.run(settings) { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 9_000_000)
            let header = client.head(
                "PATCH", upload,
                ["Upload-Offset": "0", "Content-Type": TusClient.patchType, "Content-Length": "9000000"])
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(header)
                try await connection.send(content(1_000_000))
                await server.stop()
                // The client goes on sending: it has to see the response nevertheless.
                for _ in 0..<20 { try await connection.send(content(100_000)) }
                let response = try await connection.readResponse()
                #expect(response.status == 503)
                #expect(response["Retry-After"] == "2")
                #expect(response["Connection"] == "close")
                let offset = try #require(response["Upload-Offset"].flatMap { UInt64($0) })
                #expect(offset > 0)
                #expect(response.code == "shutting_down")
                let router = RouterTransport(server.store, ServerSettings())
                let head = try await router.send(
                    ClientRequest("HEAD", upload, fields: [("Tus-Resumable", "1.0.0")]))
                #expect(head["Upload-Offset"] == String(offset))
            }
            try await eventually("the connection is open") { server.connectionCount == 0 }
        }
    }

    @Test func `past the grace a body is cut, its chunk is missing, and the server ends`() async throws {
        var settings = ServerSettings()
        settings.graceMilliseconds = 200
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 100_000, chunkSize: 100_000).id
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(header(upload))
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
                try await connection.send(content(50_000))
                await server.stop()
                _ = await connection.readToEnd()
            }
            try await eventually("the connection is open") { server.connectionCount == 0 }
            #expect(try await Self.receivedBytes(of: upload, at: server) == 0)
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `a download under way is cut past the grace`() async throws {
        var settings = ServerSettings()
        settings.graceMilliseconds = 200
        try await LiveServer.run(settings) { server in
            let blob = try await APIClient(over: SocketTransport(port: server.port)).putBlob(content(16_000_000)).blob
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                _ = try await connection.read(count: 1000)
                await server.stop()
                try await eventually("the connection is open") { server.connectionCount == 0 }
            }
            #expect(try await server.store.checkIssues() == [])
        }
    }

    @Test func `it ends at once without connections`() async throws {
        var settings = ServerSettings()
        // Far longer than a busy machine takes for the rest.
        settings.graceMilliseconds = 600_000
        let start = ContinuousClock.now
        try await LiveServer.run(settings) { server in
            let health = try await server.send(ClientRequest("GET", "/healthz"))
            #expect(health.status == 200)
            await server.stop()
        }
        #expect(start.duration(to: .now) < .seconds(300))
    }

    /// What the store says, whose server has ended.
    @Test func `a cancelled server closes connections that it has not begun to serve`() async throws {
        let settings = ServerSettings()
        let store = try await TestStore(settings)
        let (ports, listening) = AsyncStream.makeStream(of: Int.self)
        let (cancellation, cancelled) = AsyncStream.makeStream(of: Void.self)
        let server = UploadServer(
            uploads: store.uploads, authenticator: settings.authenticator, metrics: settings.metrics,
            configuration: UploadServerConfiguration(
                port: 0,
                onListening: { _, port in
                    listening.yield(port)
                    // No connection is served before this returns; they are accepted all the same.
                    for await _ in cancellation {}
                }), files: store.files, logger: .silent)
        let running = Task { try await server.run() }
        var iterator = ports.makeAsyncIterator()
        let port = try #require(await iterator.next())
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            let (opened, opening) = AsyncStream.makeStream(of: Void.self)
            for _ in 0..<50 {
                group.addTask {
                    try await RawConnection.open(port: port) { connection in
                        try await connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        opening.yield()
                        return await connection.readToEnd()
                    }
                }
            }
            var openings = opened.makeAsyncIterator()
            for _ in 0..<50 { await openings.next() }
            running.cancel()
            cancelled.finish()
            for try await answer in group { #expect(answer == []) }
        }
        _ = try? await running.value
        await store.close()
    }

    private static func receivedBytes(of upload: String, at server: LiveServer) async throws -> UInt64 {
        let router = RouterTransport(server.store, ServerSettings())
        return try await APIClient(over: router).status(of: upload).receivedBytes
    }
}
