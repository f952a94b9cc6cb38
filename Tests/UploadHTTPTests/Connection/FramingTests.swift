import NativeWire
import Testing
import UploadHTTP

/// Where a body ends (RFC 9112 §6), and what becomes of one that does not end there.
@Suite(.timeLimit(.minutes(5))) struct FramingTests {
    /// What one connection answers to a `PUT` of chunk 0, of four bytes; the client says no more afterwards.
    private func answer(
        _ fields: String, _ body: String, at server: LiveServer, _ upload: String
    ) async throws -> String {
        try await RawConnection.open(port: server.port) { connection in
            try? await connection.send(
                "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n\r\n\(body)")
            connection.finishSending()
            return String(decoding: await connection.readToEnd(), as: UTF8.self)
        }
    }

    @Test func `an invalid or contradictory length is refused, and nothing counts`() async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 4, chunkSize: 4).id
            for fields in [
                "Content-Length: 4\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 4",
                "Content-Length: -4", "Content-Length: +4", "Content-Length: four", "Content-Length: 0x4",
                "Content-Length: 4\r\nContent-Length: 5", "Content-Length: 4, 5", "Content-Length: 4 4",
                "Content-Length: 18446744073709551616", "Content-Length: 99999999999999999999999999",
                "Content-Length: 9223372036854775807", "Content-Length: ", "Transfer-Encoding: gzip",
                "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: xchunked",
            ] {
                let answer = try await answer(fields, "abcd", at: server, upload)
                // Codings that would have to be removed are 501 (RFC 9112 §6.1).
                let isCoded = fields.contains("gzip") || fields.contains("xchunked")
                let isRefused = answer.hasPrefix("HTTP/1.1 4") || isCoded && answer.hasPrefix("HTTP/1.1 501 ")
                #expect(answer.isEmpty || isRefused, "\(fields): \(answer)")
                let status = try await api.status(of: upload)
                #expect(status.receivedBytes == 0, "\(fields)")
            }
        }
    }

    @Test func `a truncated body leaves its chunk missing`() async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 4, chunkSize: 4).id
            for (fields, body) in [
                ("Content-Length: 4", ""), ("Content-Length: 4", "abc"), ("Transfer-Encoding: chunked", ""),
                ("Transfer-Encoding: chunked", "4\r\nab"), ("Transfer-Encoding: chunked", "4\r\nabcd"),
                ("Transfer-Encoding: chunked", "4\r\nabcd\r\n"), ("Transfer-Encoding: chunked", "4\r\nabcd\r\n0\r\n"),
                ("Transfer-Encoding: chunked", "4\r\nabcd\r\n0\r\nX: y\r\n"),
            ] {
                let answer = try await answer(fields, body, at: server, upload)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(fields) \(body): \(answer)")
                #expect(try await api.status(of: upload).receivedBytes == 0, "\(fields) \(body)")
            }
            try await api.putChunk(0, of: upload, "abcd".bytes)
            #expect(try await api.finish(upload, expecting: "abcd".bytes).size == 4)
        }
    }

    @Test func `a chunked body with invalid framing leaves its chunk missing`() async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 4, chunkSize: 4).id
            for body in [
                "zz\r\nabcd\r\n0\r\n\r\n", "-4\r\nabcd\r\n0\r\n\r\n", "4\r\nabcdef\r\n0\r\n\r\n",
                "fffffffffffffffff\r\nabcd", "4\r\nabcd\r\n0\r\nX y\r\n\r\n", "\r\n\r\n",
            ] {
                let answer = try await answer("Transfer-Encoding: chunked", body, at: server, upload)
                #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(body): \(answer)")
                #expect(try await api.status(of: upload).receivedBytes == 0, "\(body)")
            }
        }
    }

    @Test func `bytes past the declared length belong to the next request`() async throws {
        try await LiveServer.runUnharmed { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 4, chunkSize: 4).id
            let answer = try await answer("Content-Length: 4", "abcdefgh\r\n\r\n", at: server, upload)
            #expect(answer.hasPrefix("HTTP/1.1 204 "))
            #expect(answer.contains("HTTP/1.1 400 "))
            #expect(try await api.status(of: upload).receivedBytes == 4)
        }
    }

    @Test func `an endless chunked body is refused at its limit`() async throws {
        var settings = ServerSettings()
        settings.http.lingerMilliseconds = 100
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 10_000, chunkSize: 10_000).id
            let header =
                "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
            for piece in ["1\r\nx\r\n", "8000\r\n\(String(repeating: "x", count: 0x8000))\r\n"] {
                try await RawConnection.open(port: server.port) { connection in
                    try await connection.send(header)
                    let many = String(repeating: piece, count: 60_000 / piece.utf8.count + 1)
                    for _ in 0..<3 { try? await connection.send(many) }
                    let response = try await connection.readResponse()
                    #expect(response.status == 422)
                    #expect(response.code == "size_mismatch")
                }
            }
            #expect(try await api.status(of: upload).receivedBytes == 0)
        }
    }

    @Test func `fields after a chunked body are read, but not without end`() async throws {
        var settings = ServerSettings()
        settings.http.lingerMilliseconds = 100
        try await LiveServer.runUnharmed(settings) { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 4, chunkSize: 4).id
            let flood = (0..<10_000).map { "X-\($0): y\r\n" }.joined()
            let refused = try await answer(
                "Transfer-Encoding: chunked", "4\r\nabcd\r\n0\r\n\(flood)\r\n", at: server, upload)
            #expect(refused.isEmpty || refused.hasPrefix("HTTP/1.1 4"), "\(refused)")
            #expect(try await api.status(of: upload).receivedBytes == 0)
            let taken = try await answer(
                "Transfer-Encoding: chunked", "4\r\nabcd\r\n0\r\nX: y\r\n\r\n", at: server, upload)
            #expect(taken.hasPrefix("HTTP/1.1 204 "))
        }
    }
}
