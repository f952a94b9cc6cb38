import Testing
import UploadCore
import UploadHTTP

/// An answer before the end of the request reaches a client that goes on sending (RFC 9112 §9.6).
@Suite(.timeLimit(.minutes(5))) struct EarlyAnswerTests {
    @Test func `a client that does not stop sending receives the refusal`() async throws {
        try await LiveServer.runUnharmed { server in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "PUT /v1/uploads/nothing/chunks/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
                )
                for _ in 0..<64 { try await connection.send(content(65_536)) }
                let response = try await connection.readResponse()
                #expect(response.status == 404)
                #expect(response["Connection"] == "close")
            }
        }
    }

    @Test func `a client that is refused in the middle of a body receives the refusal`() async throws {
        var settings = ServerSettings()
        settings.limits.uploadBytesMax = 500_000
        try await LiveServer.runUnharmed(settings) { server in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "POST /v1/blobs?name=a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
                let piece = "10000\r\n".bytes + content(65_536) + "\r\n".bytes
                for _ in 0..<64 { try await connection.send(piece) }
                #expect(try await connection.readResponse().status == 413)
            }
        }
    }

    @Test func `a client that sends something other than HTTP receives the refusal`() async throws {
        try await LiveServer.runUnharmed { server in
            for start in ["GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ", "nonsense\r\n"] {
                try await RawConnection.open(port: server.port) { connection in
                    try await connection.send(start)
                    for _ in 0..<64 { try await connection.send([UInt8](repeating: UInt8(ascii: "x"), count: 65_536)) }
                    let response = try await connection.readResponse()
                    #expect(response.status == (start.hasPrefix("GET") ? 431 : 400))
                }
            }
        }
    }

    @Test func `a client that never stops sending is disconnected after the linger time`() async throws {
        var settings = ServerSettings()
        settings.http.lingerMilliseconds = 100
        try await LiveServer.runUnharmed(settings) { server in
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "PUT /v1/uploads/nothing/chunks/0 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
                )
                #expect(try await connection.readResponse().status == 404)
                try await eventually("the connection goes on") {
                    do {
                        try await connection.send(content(1000))
                        return false
                    } catch {
                        return true
                    }
                }
            }
        }
    }
}
