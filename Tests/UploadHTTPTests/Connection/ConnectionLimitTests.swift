import NativeWire
import Testing
import UploadHTTP

/// Who stays when there are too many.
@Suite(.timeLimit(.minutes(5))) struct ConnectionLimitTests {
    private func health(_ connection: RawConnection) async throws -> Int {
        try await connection.exchange(ClientRequest("GET", "/healthz")).status
    }

    private func expectHealth(
        _ client: RawConnection, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let status = try await health(client)
        #expect(status == 200, sourceLocation: sourceLocation)
    }

    @Test func `connections above the limit wait while the others have requests`() async throws {
        var settings = ServerSettings()
        settings.http.connectionsMax = 2
        try await LiveServer.run(settings) { server in
            let api = APIClient(over: RouterTransport(server.store, ServerSettings()))
            let upload = try await api.begin(name: "a", length: 200_000, chunkSize: 100_000).id
            func beginChunk(_ index: Int, on connection: RawConnection) async throws {
                try await connection.send(
                    "PUT /v1/uploads/\(upload)/chunks/\(index) HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                        + "Content-Length: 100000\r\n\r\n")
                #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 100 "))
            }
            try await RawConnection.open(port: server.port) { first in
                try await beginChunk(0, on: first)
                try await RawConnection.open(port: server.port) { second in
                    try await beginChunk(1, on: second)
                    try await RawConnection.open(port: server.port) { third in
                        try await third.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                        try await second.send(content(50_000))
                        #expect(server.connectionCount == 2)
                        // A request that ends makes room, and its connection with it.
                        try await first.send(content(100_000))
                        #expect(try await first.readResponse().status == 204)
                        #expect(await first.readToEnd() == [])
                        #expect(try await third.readResponse().status == 200)
                        try await second.send(content(50_000))
                        #expect(try await second.readResponse().status == 204)
                    }
                }
            }
        }
    }

    @Test func `idle connections make room, the longest idle first`() async throws {
        var settings = ServerSettings()
        settings.http.connectionsMax = 4
        try await LiveServer.run(settings) { server in
            try await RawConnection.open(port: server.port) { first in
                try await expectHealth(first)
                try await RawConnection.open(port: server.port) { second in
                    try await expectHealth(second)
                    // The first one is no longer the longest idle.
                    try await expectHealth(first)
                    try await RawConnection.open(port: server.port) { third in
                        try await expectHealth(third)
                        try await RawConnection.open(port: server.port) { fourth in
                            try await expectHealth(fourth)
                            #expect(await second.readToEnd() == [])
                            try await expectHealth(first)
                            try await expectHealth(third)
                        }
                    }
                }
            }
            #expect(server.metric(#"wharf_connections_closed_total{reason="made_room"}"#) == 1)
        }
    }

    @Test func `many clients that keep their connections share few places`() async throws {
        var settings = ServerSettings()
        settings.http.connectionsMax = 8
        try await LiveServer.runUnharmed(settings) { server in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        try await RawConnection.open(port: server.port) { connection in
                            let status = try await self.health(connection)
                            // Kept until the server needs its place.
                            return await connection.readToEnd() == [] ? status : 0
                        }
                    }
                }
                var answered = 0
                // The last ones are kept.
                while answered < 64 - 8, let status = try await group.next() {
                    #expect(status == 200)
                    answered += 1
                }
                group.cancelAll()
            }
        }
    }

    @Test func `an address has its share, and a closed connection gives it back`() async throws {
        var settings = ServerSettings()
        settings.http.connectionsPerAddressMax = 2
        settings.limitsLoopback = true
        try await LiveServer.run(settings) { server in
            try await RawConnection.open(port: server.port) { first in
                try await expectHealth(first)
                try await RawConnection.open(port: server.port) { second in
                    try await expectHealth(second)
                    try await RawConnection.open(port: server.port) { third in
                        #expect(await third.readToEnd() == [])
                    }
                    try await expectHealth(first)
                    try await expectHealth(second)
                }
                try await eventually("the place is free again") {
                    (try? await RawConnection.open(port: server.port) { try await health($0) }) == 200
                }
            }
            #expect((server.metric(#"wharf_connections_closed_total{reason="address_limit"}"#) ?? 0) >= 1)
        }
    }

    @Test func `this machine has no limit of its own`() async throws {
        var settings = ServerSettings()
        settings.http.connectionsPerAddressMax = 1
        try await LiveServer.run(settings) { server in
            try await RawConnection.open(port: server.port) { first in
                try await expectHealth(first)
                try await RawConnection.open(port: server.port) { try await expectHealth($0) }
            }
        }
    }

    @Test func `a client that takes its response too slowly is cut off, and a fast one is not`() async throws {
        var settings = ServerSettings()
        // Far from both: a thousandth of what a fast client takes, and ten times what the slow one does.
        settings.http.responseBytesPerSecondMin = 64 << 10
        // A fast client may not get the processor for a while.
        settings.http.responseRateWindowMilliseconds = 3000
        try await LiveServer.runUnharmed(settings) { server in
            let bytes = content(24_000_000)
            let blob = try await APIClient(over: SocketTransport(port: server.port)).putBlob(bytes).blob
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                try await eventually("the server goes on sending") {
                    // A few kilobytes a second.
                    _ = try? await connection.read(count: 100)
                    try await elapse(milliseconds: 20)
                    return server.metric(#"wharf_connections_closed_total{reason="slow_response"}"#) == 1
                }
                #expect(await connection.readToEnd().count < bytes.count)
            }
            let whole = try await server.send(ClientRequest("GET", "/v1/blobs/\(blob)"))
            #expect(whole.body == bytes)
            #expect(server.metric(#"wharf_connections_closed_total{reason="slow_response"}"#) == 1)
        }
    }
}
