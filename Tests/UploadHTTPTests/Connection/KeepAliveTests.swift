import Testing
import UploadHTTP

@Suite(.timeLimit(.minutes(5))) struct KeepAliveTests {
    /// What one connection answers to some text, up to its end.
    private func answers(to text: String, from server: LiveServer) async throws -> String {
        try await RawConnection.open(port: server.port) { connection in
            try await connection.send(text)
            return String(decoding: await connection.readToEnd(), as: UTF8.self)
        }
    }

    @Test func `a connection serves one request after the other`() async throws {
        try await LiveServer.run { server in
            try await RawConnection.open(port: server.port) { connection in
                for _ in 0..<3 {
                    let health = try await connection.exchange(ClientRequest("GET", "/healthz"))
                    #expect(health.text == "ok\n")
                    #expect(health["Connection"] == nil)
                    let begun = try await connection.exchange(
                        ClientRequest("POST", "/v1/uploads", body: #"{"name":"a"}"#.bytes))
                    #expect(begun.status == 201)
                    #expect(try await connection.exchange(ClientRequest("GET", "/nowhere")).status == 404)
                    let head = try await connection.exchange(ClientRequest("HEAD", "/v1/blobs/nothing"))
                    #expect(head.status == 404)
                }
                #expect(server.connectionCount == 1)
            }
        }
    }

    @Test func `requests sent at once are answered in their order`() async throws {
        try await LiveServer.run { server in
            try await RawConnection.open(port: server.port) { connection in
                let requests = [
                    ClientRequest("GET", "/healthz"),
                    ClientRequest("POST", "/v1/uploads", body: #"{"name":"a"}"#.bytes),
                    ClientRequest("GET", "/nowhere"),
                    ClientRequest(
                        "POST", "/v1/blobs?name=b", body: content(100_000), framing: .chunked(pieceBytes: 999)),
                    ClientRequest("GET", "/readyz"),
                ]
                try await connection.send(requests.flatMap { Array($0.header.utf8) + $0.framedBody })
                for status in [200, 201, 404, 201, 200] {
                    #expect(try await connection.readResponse().status == status)
                }
            }
        }
    }

    @Test(arguments: [ClientRequest.Framing.contentLength, .chunked(pieceBytes: 9_999)])
    func `a connection outlives the refusal of a small body, which is drained`(
        _ framing: ClientRequest.Framing
    ) async throws {
        var settings = ServerSettings()
        settings.http.drainBytesMax = 50_000
        try await LiveServer.run(settings) { server in
            try await RawConnection.open(port: server.port) { connection in
                for _ in 0..<3 {
                    let refused = try await connection.exchange(
                        ClientRequest("POST", "/nowhere", body: content(50_000), framing: framing))
                    #expect(refused.status == 404)
                    #expect(refused["Connection"] == nil)
                    #expect(try await connection.exchange(ClientRequest("GET", "/healthz")).text == "ok\n")
                }
            }
            try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    ClientRequest("POST", "/nowhere", body: content(50_001), framing: framing).bytes
                        + ClientRequest("GET", "/healthz").bytes)
                let answers = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(answers.hasPrefix("HTTP/1.1 404 "))
                #expect(!answers.contains("HTTP/1.1 200 "), "the connection ends after a larger one")
            }
        }
    }

    @Test func `a body that the client holds back until it is asked ends the connection`() async throws {
        try await LiveServer.run { server in
            let answer = try await answers(
                to: "POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
                from: server)
            #expect(answer.hasPrefix("HTTP/1.1 404 "))
            #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
        }
    }

    @Test func `the last response announces the end of the connection`() async throws {
        try await LiveServer.run { server in
            for field in ["Connection: close", "Connection: foo, Close"] {
                let answer = try await answers(
                    to: "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\(field)\r\n\r\n", from: server)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
                #expect(answer.lowercased().contains("\r\nconnection: close\r\n"))
            }
        }
    }

    @Test func `a client of HTTP 1.0 needs no Host and gets one response`() async throws {
        try await LiveServer.run { server in
            for fields in ["", "Connection: keep-alive\r\n"] {
                let answer = try await answers(to: "GET /healthz HTTP/1.0\r\n\(fields)\r\n", from: server)
                #expect(answer.hasPrefix("HTTP/1.1 200 "))
                #expect(answer.hasSuffix("\r\n\r\nok\n"))
            }
        }
    }

    @Test(arguments: ["", "Host: localhost\r\nHost: b\r\n"])
    func `a request of HTTP 1.1 names one host`(_ fields: String) async throws {
        try await LiveServer.run { server in
            let answer = try await answers(to: "GET /healthz HTTP/1.1\r\n\(fields)\r\n", from: server)
            #expect(answer.hasPrefix("HTTP/1.1 400 "))
        }
    }

    @Test func `a client cannot pretend that its connection is another’s`() async throws {
        try await LiveServer.run { server in
            let answer = try await answers(
                to:
                    "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Wharf-Connection: malformed\r\nConnection: close\r\n\r\n",
                from: server)
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func `a target may be a whole address`() async throws {
        try await LiveServer.run { server in
            let answer = try await answers(
                to: "GET http://localhost/healthz?x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                from: server)
            #expect(answer.hasPrefix("HTTP/1.1 200 "))
        }
    }
}
