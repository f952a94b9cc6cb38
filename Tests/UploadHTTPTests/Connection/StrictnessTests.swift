import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore
import UploadHTTP

/// Requests that proxies, the server and clients could understand differently.
@Suite(.timeLimit(.minutes(10))) struct StrictnessTests {
    /// The answer to exactly these lines.
    private func answer(
        _ server: LiveServer, _ line: String, _ fields: String = "Host: localhost\r\n", _ body: String = ""
    ) async throws -> ClientResponse {
        try await RawConnection.open(port: server.port) { connection in
            try await connection.send("\(line)\r\n\(fields)\r\n\(body)")
            connection.finishSending()
            return try await connection.readResponse(to: String(line.prefix { $0 != " " }))
        }
    }

    @Test func `a body with a transfer coding in addition to chunked is not stored`() async throws {
        try await LiveServer.run { server in
            let body = "1\r\nx\r\n0\r\n\r\n"
            for field in [
                "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: identity, chunked",
            ] {
                let answer = try await answer(
                    server, "POST /v1/blobs?name=a HTTP/1.1", "Host: localhost\r\n\(field)\r\n", body)
                #expect(answer.status == 501 && answer.code == "unsupported_transfer_coding", "\(field)")
                #expect(answer["Connection"] == "close")
            }
            let old = try await answer(
                server, "POST /v1/blobs?name=a HTTP/1.0", "Host: localhost\r\nTransfer-Encoding: chunked\r\n", body)
            #expect(old.status == 400)
            let stored = try await server.store.uploads.maintenance.countByStatus().committed
            #expect(stored == 0)
            for spelling in ["chunked", "Chunked"] {
                let answer = try await answer(
                    server, "POST /v1/blobs?name=a HTTP/1.1", "Host: localhost\r\nTransfer-Encoding: \(spelling)\r\n",
                    body)
                #expect(answer.status == 201)
            }
        }
    }

    @Test(arguments: ["a b", "localhost@evil.example", "user:secret@localhost", "localhost/x", "", "localhost:99999"])
    func `an invalid host is refused`(_ host: String) async throws {
        try await LiveServer.run(ServerSettings(authenticator: TestCallers.authenticator())) { server in
            let answer = try await answer(server, "GET /healthz HTTP/1.1", "Host: \(host)\r\n")
            #expect(answer.status == 400)
        }
    }

    @Test func `the host of a target in absolute form counts, whatever the field says`() async throws {
        var settings = ServerSettings(authenticator: try TestCallers.authenticator())
        settings.site.contentOrigin = "http://content.example"
        try await LiveServer.run(settings) { server in
            for (target, host, status) in [
                ("/healthz", "localhost", 200), ("http://content.example/healthz", "localhost", 421),
                ("http://localhost/healthz", "content.example", 200),
                ("http://content.example@localhost/healthz", "localhost", 400),
                ("ftp://localhost/healthz", "localhost", 400), ("x:/healthz", "localhost", 400),
                ("localhost:80/healthz", "localhost", 400), ("http:/healthz", "localhost", 400),
            ] {
                let answer = try await answer(server, "GET \(target) HTTP/1.1", "Host: \(host)\r\n")
                #expect(answer.status == status, "\(target) \(host)")
            }
        }
    }

    @Test func `a path that resembles another is not found`() async throws {
        try await LiveServer.run { server in
            for path in [
                "//metrics", "/metrics/", "/v1//uploads", "/v1/uploads/", "//", "///", "/files//", "//files",
                "/files/x/",
                "/./metrics",
                "/v1/../metrics", "/%6detrics", "/METRICS", "/metrics%2f", "/metrics;x", "http://localhost//metrics",
                "http://localhost/metrics/", "metrics", "/healthz/", "/page/app.js/", "//page/app.js",
            ] {
                for method in ["GET", "POST", "OPTIONS"] {
                    let answer = try await answer(server, "\(method) \(path) HTTP/1.1")
                    // A target without a slash is malformed for the parser.
                    #expect(answer.status == 404 || answer.status == 400 && path == "metrics", "\(method) \(path)")
                }
            }
            for path in ["/files", "/files/"] {
                let created = try await answer(
                    server, "POST \(path) HTTP/1.1",
                    "Host: localhost\r\nTus-Resumable: 1.0.0\r\nUpload-Length: 5\r\nContent-Length: 0\r\n")
                #expect(created.status == 201, "\(path)")
            }
            for path in [
                "/metrics", "/", "http://localhost", "http://localhost/", "http://localhost/metrics", "/metrics?x",
            ] {
                #expect(try await answer(server, "GET \(path) HTTP/1.1").status == 200, "\(path)")
            }
        }
    }

    @Test func `a query that is not percent-encoded UTF-8 is refused`() async throws {
        try await LiveServer.run { server in
            for query in ["name=%ff", "name=%", "name=%zz", "%c3=a"] {
                let answer = try await answer(
                    server, "POST /v1/blobs?\(query) HTTP/1.1", "Host: localhost\r\nContent-Length: 1\r\n", "x")
                #expect(answer.status == 400 && answer.json?["argument"]?.text == "query", "\(query)")
            }
        }
    }

    @Test func `a query that names a parameter twice is refused, whatever the encoding of its name`() async throws {
        try await LiveServer.run { server in
            for query in ["name=a&name=b", "name=a&n%61me=a", "name=a&derive=photo&companions=&companions="] {
                let answer = try await answer(
                    server, "POST /v1/blobs?\(query) HTTP/1.1", "Host: localhost\r\nContent-Length: 1\r\n", "x")
                let name = query.contains("companions") ? "companions" : "name"
                #expect(answer.status == 400 && answer.json?["argument"]?.text == name, "\(query)")
            }
        }
    }

    @Test func `content with a coding is refused in every protocol`() async throws {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let upload = try await api.begin(name: "a", length: 1, chunkSize: 1).id
            let tus = try await TusClient(server).create(length: 1)
            for coding in ["gzip", "br, identity", "x-unknown"] {
                for (line, fields) in [
                    ("POST /v1/blobs?name=a", ""), ("PUT /v1/uploads/\(upload)/chunks/0", ""),
                    ("POST /v1/capsules", "Content-Type: application/json\r\n"),
                    (
                        "PATCH \(tus)",
                        "Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\nContent-Type: application/offset+octet-stream\r\n"
                    ),
                ] {
                    let answer = try await answer(
                        server, "\(line) HTTP/1.1",
                        "Host: localhost\r\nContent-Length: 1\r\nContent-Encoding: \(coding)\r\n\(fields)", "x")
                    #expect(answer.status == 415 && answer["Accept-Encoding"] == "identity", "\(line) \(coding)")
                }
            }
            let plain = try await answer(
                server, "PUT /v1/uploads/\(upload)/chunks/0 HTTP/1.1",
                "Host: localhost\r\nContent-Length: 1\r\nContent-Encoding: Identity\r\n", "x")
            #expect(plain.status == 204)
        }
    }

    @Test func `a misspelt member is a warning, or an error for a strict client`() async throws {
        try await LiveServer.run { server in
            let transport = SocketTransport(port: server.port)
            func begin(_ json: String, _ target: String = "/v1/uploads", _ fields: [(name: String, value: String)] = [])
                async throws -> ClientResponse
            {
                try await transport.send(ClientRequest("POST", target, fields: fields, body: json.bytes))
            }
            let misspelt = #"{"name":"a","lenght":5}"#
            for target in ["/v1/uploads", "/v1/uploads?strict=false"] {
                let warned = try await begin(misspelt, target)
                #expect(warned.status == 201 && warned["Warning"] == "299 - \"unknown member lenght\"")
            }
            let hostile = try await begin(#"{"name":"a","a\"\\\r\né":5}"#)
            #expect(hostile["Warning"] == "299 - \"unknown member a%22%5C%0D%0A%C3%A9\"")
            for (target, fields) in [
                ("/v1/uploads?strict", []), ("/v1/uploads?strict=true", []),
                ("/v1/uploads", [("Prefer", "respond-async, Handling=strict")]),
            ] as [(String, [(name: String, value: String)])] {
                let refused = try await begin(misspelt, target, fields)
                #expect(refused.status == 400 && refused.json?["argument"]?.text == "lenght", "\(target)")
                let fine = try await begin(#"{"name":"a","length":5}"#, target, fields)
                #expect(fine.status == 201 && fine["Warning"] == nil)
            }
            #expect(try await begin("{}", "/v1/uploads?strict=x").status == 400)
            let missing = try await begin(#"{"nmae":"a"}"#)
            #expect(missing.status == 400 && missing["Warning"] == "299 - \"unknown member nmae\"")
        }
    }

    @Test func `every answer has a date`() async throws {
        try await LiveServer.run { server in
            for (line, fields) in [
                ("GET /healthz HTTP/1.1", "Host: localhost\r\n"), ("GET /nothing HTTP/1.1", "Host: localhost\r\n"),
                ("GET /healthz HTTP/1.1", ""), ("GET /healthz HTTP/1.0", ""),
                ("HEAD /healthz HTTP/1.1", "Host: localhost\r\n"),
                ("OPTIONS /files HTTP/1.1", "Host: localhost\r\n"), ("nonsense", ""),
                ("POST /v1/blobs HTTP/1.1", "Host: localhost\r\nTransfer-Encoding: gzip, chunked\r\n"),
            ] {
                let answer = try await answer(server, line, fields)
                let date = try #require(answer["Date"], "\(line)")
                #expect(Timestamp(httpDate: date, now: Timestamp(milliseconds: 0)) != nil, "\(date)")
            }
        }
    }

    @Test func `a member's name has no control characters, but one of an earlier release can be removed`() async throws
    {
        try await LiveServer.run { server in
            let api = APIClient(over: SocketTransport(port: server.port))
            let capsule = try await api.makeCapsule()
            for name in ["a%0Ab", "%00", "a%7F", "%C2%85"] {
                let path = "/v1/capsules/\(capsule)/members/\(name)"
                #expect(try await api.status("PUT", path, json: MemberDocument(role: "reader")) == 400, "\(name)")
                #expect(try await api.status("DELETE", path) == 204)
            }
            let fine = "/v1/capsules/\(capsule)/members/%F0%9F%8C%8A%20%C3%A9"
            #expect(try await api.status("PUT", fine, json: MemberDocument(role: "reader")) == 204)
        }
    }
}
