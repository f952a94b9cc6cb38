import NativeWire
import Testing
import UploadHTTP

/// Stored bytes do not become part of the server's own pages, nor of others.
@Suite(.timeLimit(.minutes(10))) struct IsolationTests {
    private func store(_ server: LiveServer, _ bytes: String, type: String) async throws -> String {
        let response = try await server.send(
            ClientRequest("POST", "/v1/blobs?name=a&type=\(type)", body: bytes.bytes))
        return try response.document(FinishedDocument.self).blob
    }

    @Test func `no answer may be taken for another type or be loaded by other pages`() async throws {
        try await LiveServer.run { server in
            let blob = try await store(server, "x", type: "image/png")
            for (method, path) in [
                ("GET", "/v1/capsules"), ("GET", "/v1/blobs/\(blob)"), ("HEAD", "/v1/blobs/\(blob)"),
                ("GET", "/nothing"),
                ("GET", "/v1/blobs/\(blob)/chunks/0"), ("GET", "/files/\(blob)"), ("GET", "/healthz"), ("GET", "/"),
                ("POST", "/v1/uploads"), ("OPTIONS", "/files"),
            ] {
                let response = try await server.send(ClientRequest(method, path))
                #expect(response["X-Content-Type-Options"] == "nosniff", "\(method) \(path)")
                #expect(response["Cross-Origin-Resource-Policy"] == "same-origin", "\(method) \(path)")
            }
        }
    }

    @Test func `a stored script is sent as bytes, in every way to it`() async throws {
        try await LiveServer.run { server in
            for type in ["text/javascript", "application/wasm", "text/css", "TEXT/JavaScript;charset=utf-8"] {
                let blob = try await store(server, "document.title = 1", type: type)
                let api = APIClient(over: SocketTransport(port: server.port))
                let memory = try await api.makeMemory(
                    NewMemoryDocument(assets: [NewAssetDocument(kind: "original", blob: blob)]))
                for path in ["/v1/blobs/\(blob)", "/files/\(blob)", "/v1/memories/\(memory.id)/assets/original"] {
                    let response = try await server.send(ClientRequest("GET", path))
                    #expect(response.status == 200 && response["Content-Type"] == "application/octet-stream", "\(path)")
                }
                let part = try await server.send(
                    ClientRequest("GET", "/v1/blobs/\(blob)", fields: [("Range", "bytes=0-1,3-4")]))
                #expect(part.status == 206 && !part.text.lowercased().contains(type.lowercased()))
                let meta = try await server.send(ClientRequest("GET", "/v1/blobs/\(blob)/meta"))
                #expect(meta.json?["type"]?.text == type, "the type is kept")
            }
        }
    }

    @Test func `a film keeps its origin, from which a browser loads it, and everything else gets one of its own`()
        async throws
    {
        try await LiveServer.run { server in
            for (type, isFilm) in [
                ("video/mp4", true), ("audio/mpeg", true), ("image/png", false), ("text/html", false),
                ("video/x%2Bxml", false), ("application/pdf", false),
            ] {
                let blob = try await store(server, "x", type: type)
                let response = try await server.send(ClientRequest("GET", "/v1/blobs/\(blob)"))
                let policy = try #require(response["Content-Security-Policy"])
                #expect(policy.hasPrefix(isFilm ? "sandbox allow-same-origin; " : "sandbox; "), "\(type)")
                #expect(policy.contains("default-src 'none'") && !policy.contains("script"), "\(type)")
            }
        }
    }

    @Test func `with a content origin browsers open stored bytes there, and nothing else is there`() async throws {
        var settings = ServerSettings()
        settings.site.contentOrigin = "http://content.example"
        try await LiveServer.run(settings) { server in
            let blob = try await store(server, "<p>", type: "text/html")
            func get(_ path: String, host: String, _ destination: String?) async throws -> ClientResponse {
                let field = destination.map { "Sec-Fetch-Dest: \($0)\r\n" } ?? ""
                return try await RawConnection.open(port: server.port) { connection in
                    try await connection.send("GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\(field)\r\n")
                    return try await connection.readResponse()
                }
            }
            for path in [
                "/v1/blobs/\(blob)", "/files/\(blob)", "/v1/blobs/\(blob)?download=1", "/v1/blobs/\(blob)/chunks/0",
            ] {
                for destination in ["document", "script", "image"] {
                    let redirect = try await get(path, host: "localhost", destination)
                    #expect(redirect.status == 307 && redirect["Location"] == "http://content.example\(path)")
                    #expect(redirect["Vary"] == "Sec-Fetch-Dest")
                }
                for destination in ["empty", nil] {
                    #expect(try await get(path, host: "localhost", destination).text == "<p>")
                }
                let content = try await get(path, host: "content.example", "document")
                #expect(content.status == 200 && content["Cross-Origin-Resource-Policy"] == "cross-origin")
            }
            for path in ["/", "/v1/capsules", "/metrics", "/v1/blobs/\(blob)/meta", "/page/app.js", "/nothing"] {
                #expect(try await get(path, host: "content.example", "document").status == 421, "\(path)")
                #expect(try await get(path, host: "localhost", "document").status != 421, "\(path)")
            }
            let policy = try await get("/", host: "localhost", "document")["Content-Security-Policy"]
            #expect(policy?.contains("img-src 'self' blob: data: http://content.example;") == true)
        }
    }
}
