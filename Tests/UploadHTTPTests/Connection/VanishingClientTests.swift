import NativeWire
import Testing
import UploadHTTP

/// Clients that go away in the middle.
@Suite(.timeLimit(.minutes(5))) struct VanishingClientTests {
    enum Departure: CaseIterable {
        case close, halfClose, reset
    }

    private func leave(_ connection: RawConnection, by departure: Departure) async throws {
        switch departure {
        case .close: try await connection.close()
        case .halfClose:
            connection.finishSending()
            _ = await connection.readToEnd()
        case .reset: try await connection.reset()
        }
    }

    /// In the catalogue and in a file.
    @Test(arguments: Departure.allCases, [1000, 300_000])
    func `a truncated chunk stays missing, and the next client can send it`(
        _ departure: Departure, _ size: Int
    ) async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let bytes = content(size)
            let upload = try await api.begin(name: "a", length: size, chunkSize: size).id
            try await RawConnection.open(port: server.port) { connection in
                let header =
                    "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n"
                try await connection.send(header.bytes + bytes.prefix(size / 2))
                try await leave(connection, by: departure)
            }
            try await eventually("the connection is left") { server.connectionCount == 0 }
            #expect(try await api.status(of: upload).receivedBytes == 0)
            #expect(try await server.store.checkIssues() == [])
            try await api.putChunk(0, of: upload, bytes)
            let blob = try await api.finish(upload, expecting: bytes).blob
            #expect(try await api.bytes(of: blob) == bytes)
        }
    }

    @Test func `a truncated whole upload without a key leaves nothing`() async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            for size in [1000, 300_000] {
                try await RawConnection.open(port: server.port) { connection in
                    let header =
                        "POST /v1/blobs?name=half HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(size)\r\n\r\n"
                    try await connection.send(header.bytes + content(size / 2))
                    try await connection.close()
                }
            }
            try await eventually("the connections are left") { server.connectionCount == 0 }
            let pending = try await api.call("GET", NativePath.uploads(state: .pending))
                .document(SessionListDocument.self)
            #expect(pending.sessions.map(\.name) == ["witness"])
        }
    }

    @Test func `a truncated whole upload with a key can be repeated`() async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let bytes = content(300_000)
            try await RawConnection.open(port: server.port) { connection in
                let header =
                    "POST /v1/blobs?name=blob HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\nContent-Length: 300000\r\n\r\n"
                try await connection.send(header.bytes + bytes.prefix(200_000))
                try await connection.close()
            }
            try await eventually("the connection is left") { server.connectionCount == 0 }
            let first = try await api.putBlob(bytes, key: "k")
            #expect(try await api.putBlob(bytes, key: "k") == first)
            #expect(try await api.bytes(of: first.blob) == bytes)
        }
    }

    @Test(arguments: Departure.allCases)
    func `an aborted download has no further effect`(_ departure: Departure) async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let blob = try await api.putBlob(content(8_000_000)).blob
            for _ in 0..<5 {
                try await RawConnection.open(port: server.port) { connection in
                    try await connection.send("GET /v1/blobs/\(blob) HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    #expect(try await connection.read(until: "\r\n\r\n").hasPrefix("HTTP/1.1 200 "))
                    _ = try await connection.read(count: 100_000)
                    if departure == .halfClose {
                        connection.finishSending()
                        try await connection.close()
                    } else {
                        try await leave(connection, by: departure)
                    }
                }
            }
        }
    }
}
