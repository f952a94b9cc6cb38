import Dispatch
import DurableFiles
import NativeWire
import Testing
import UploadHTTP

/// Clients that keep a connection and bring nothing, or next to nothing.
@Suite(.serialized, .timeLimit(.minutes(5))) struct SlowClientTests {
    private var settings: ServerSettings {
        var settings = ServerSettings()
        // What is not hostile has to stay within them too, on a machine that has other things to do.
        settings.http.headerTimeoutMilliseconds = 10_000
        settings.http.keepAliveTimeoutMilliseconds = 5000
        settings.http.bodyIdleTimeoutMilliseconds = Self.bodyMilliseconds
        settings.http.bodyRateWindowMilliseconds = Self.bodyMilliseconds
        settings.http.bodyBytesPerSecondMin = 1000
        return settings
    }

    private static let bodyMilliseconds: Int64 = 4000

    /// Sends a byte every ten milliseconds until the other side has had enough; fails if that takes too long.
    private func drip(_ connection: RawConnection, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        try await eventually("the server goes on taking drops", sourceLocation: sourceLocation) {
            try await elapse(milliseconds: 10)
            do {
                try await connection.send("x")
                return false
            } catch {
                return true
            }
        }
    }

    @Test func `a silent connection is closed`() async throws {
        try await LiveServer.runUnharmed(settings) { server in
            try await RawConnection.open(port: server.port) { #expect(await $0.readToEnd() == []) }
        }
    }

    @Test func `an idle connection is closed after its keep-alive time`() async throws {
        try await LiveServer.runUnharmed(settings) { server in
            try await RawConnection.open(port: server.port) { connection in
                let health = try await connection.exchange(ClientRequest("GET", "/healthz"))
                #expect(health.status == 200)
                #expect(await connection.readToEnd() == [])
            }
        }
    }

    @Test func `a slow header ends the connection`() async throws {
        try await LiveServer.runUnharmed(settings) { server in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
                try await drip(connection)
            }
            try await RawConnection.open(port: server.port) { connection in
                #expect(try await connection.exchange(ClientRequest("GET", "/healthz")).status == 200)
                try await connection.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
                try await drip(connection)
            }
        }
    }

    @Test func `a stalled body is cut off, and its chunk is missing`() async throws {
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 200_000, chunkSize: 200_000).id
            try await RawConnection.open(port: server.port) { connection in
                let header =
                    "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 200000\r\n\r\n"
                try await connection.send(header.bytes + content(150_000))
                _ = await connection.readToEnd()
            }
            #expect(try await api.status(of: upload).receivedBytes == 0)
            try await api.putChunk(0, of: upload, content(200_000))
        }
    }

    @Test func `a slow body is cut off, and its chunk is missing`() async throws {
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 100_000, chunkSize: 100_000).id
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n")
                try await drip(connection)
            }
            #expect(try await api.status(of: upload).receivedBytes == 0)
        }
    }

    @Test func `time that the disk takes does not count against the client`() async throws {
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let bytes = content(3_000_000)
            let upload = try await api.begin(name: "a", length: bytes.count, chunkSize: bytes.count).id
            let release = DispatchSemaphore(value: 0)
            // All threads that write are held for longer than the limits of a body.
            for _ in 0..<TestStore.threadCount { server.store.pool.submit { release.wait() } }
            async let sent: Void = api.putChunk(0, of: upload, bytes)
            try await elapse(milliseconds: Self.bodyMilliseconds + 1000)
            for _ in 0..<TestStore.threadCount { release.signal() }
            try await sent
            #expect(try await api.finish(upload, expecting: bytes).size == UInt64(bytes.count))
        }
    }
}
