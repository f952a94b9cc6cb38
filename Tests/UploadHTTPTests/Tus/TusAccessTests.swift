import HTTPWire
import Testing
import TusWire
import UploadCore
import UploadHTTP

/// Who may do what, from where, and how the server calls itself.
@Suite struct TusAccessTests {
    @Test func `every request is authenticated like a native one`() async throws {
        try await LiveServer.run(ServerSettings(authenticator: NamedCallers())) { server in
            let nobody = TusClient(server)
            var (anna, ben) = (nobody, nobody)
            anna.common["Authorization"] = "anna"
            ben.common["Authorization"] = "ben"
            let upload = try await anna.create(length: 5)
            for (client, status) in [(nobody, 401), (ben, 404)] {
                #expect(try await client.head(upload).status == status)
                #expect(try await client.patch(upload, at: 0, pattern(5)).status == status)
                #expect(try await client.request("DELETE", upload).status == status)
                #expect(try await client.request("GET", upload).status == status)
            }
            #expect(try await nobody.request("POST", "/files", ["Upload-Length": "5"]).status == 401)
            #expect(
                try await nobody.request("OPTIONS", "/files").status == 204, "browsers ask before they say who they are"
            )
            #expect(try await anna.patch(upload, at: 0, pattern(5)).status == 204)
            #expect(try await ben.request("GET", upload).status == 404)
            #expect(try await anna.request("GET", upload).status == 200)
        }
    }

    @Test func `the capsule is that of the path, of the metadata, or the caller's own`() async throws {
        try await LiveServer.run(ServerSettings(authenticator: NamedCallers())) { server in
            var anna = TusClient(server)
            anna.common["Authorization"] = "anna"
            let uploads = server.store.uploads
            let capsule = try await uploads.createCapsule(title: "", by: Principal("anna")).id.text
            let other = try await uploads.createCapsule(title: "", by: Principal("ben")).id.text
            anna.path = "/capsules/\(capsule)/files"
            let byPath = try await anna.create(length: 5)
            #expect(byPath.hasPrefix("/capsules/\(capsule)/files/"))
            #expect(try await anna.patch(byPath, at: 0, pattern(5)).status == 204)
            #expect(try await anna.head("/files/" + byPath.suffix(32)).offset == 5)
            for method in ["HEAD", "GET"] {
                let elsewhere = "/capsules/\(other)/files/" + byPath.suffix(32)
                #expect(try await anna.request(method, elsewhere).status == 404)
            }
            anna.path = "/files"
            let byMetadata = try await anna.create(length: 5, ["Upload-Metadata": "capsule \(capsule.base64)"])
            #expect(try await anna.head("/capsules/\(capsule)/files/" + byMetadata.suffix(32)).offset == 0)
            let foreign = ["Upload-Metadata": "capsule \(other.base64)", "Upload-Length": "5"]
            #expect(try await anna.request("POST", "/files", foreign).status == 404)
            let own = try await anna.create(length: 5, ["Upload-Metadata": "capsule YQ=="])
            #expect(try await anna.head(own)["Upload-Metadata"] == "capsule YQ==", "a key of the client's own")
            let refused = try await anna.request("POST", "/capsules/\(other)/files", ["Upload-Length": "5"])
            #expect(refused.status == 404)
        }
    }

    @Test func `ranges of a finished upload can be read`() async throws {
        try await LiveServer.run { server in
            let client = TusClient(server)
            let upload = try await client.create(length: 5)
            #expect(try await client.request("GET", upload).status == 404)
            _ = try await client.patch(upload, at: 0, Array("hello".utf8))
            let answer = try await client.request("GET", upload, ["Range": "bytes=1-3", "Tus-Resumable": ""])
            #expect(answer.status == 206)
            #expect(answer["Content-Range"] == "bytes 1-3/5")
            #expect(answer.body == "ell")
        }
    }

    // MARK: Proxies

    @Test(arguments: ["127.0.0.0/8", "10.0.0.0/8", nil])
    func `fields of proxies count only from trusted addresses`(_ trusted: String?) async throws {
        var tus = TusConfiguration()
        tus.path = "/up/loads/"
        var settings = ServerSettings(tus: tus)
        settings.site.trustedProxies = try trusted.map { [try #require(AddressRange($0))] } ?? []
        settings.site.hosts = .only(["up.example.org"])
        try await LiveServer.run(settings) { server in
            var client = TusClient(server)
            client.path = "/up/loads"
            let answer = try await client.request(
                "POST", "/up/loads",
                [
                    "Upload-Length": "5", "X-Forwarded-Proto": "https,http",
                    "X-Forwarded-Host": "up.example.org, inner",
                ])
            let path = try #require(answer["Location"])
            let isTrusted = trusted == "127.0.0.0/8"
            #expect(path.hasPrefix(isTrusted ? "https://up.example.org/up/loads/" : "/up/loads/"))
            #expect(try await client.head("/up/loads/\(path.suffix(32))").status == 200)
            #expect(try await client.head("/files/\(path.suffix(32))").status == 404)
        }
    }

    @Test(arguments: ["Via: 1.1 a", "X-Forwarded-For: 10.0.0.1", "Forwarded: for=10.0.0.1", "HTTP/1.0"])
    func `behind an untrusted proxy the URL of an upload is a path`(_ evidence: String) async throws {
        try await LiveServer.run { server in
            let version = evidence == "HTTP/1.0" ? evidence : "HTTP/1.1"
            let fields = evidence == "HTTP/1.0" ? "" : evidence + "\r\n"
            let bytes = try await RawConnection.open(port: server.port) { connection in
                try await connection.send(
                    "POST /files \(version)\r\nHost: localhost:8080\r\nConnection: close\r\nTus-Resumable: 1.0.0\r\n"
                        + "Upload-Length: 5\r\n\(fields)\r\n")
                return await connection.readToEnd()
            }
            let answer = try TusAnswer(bytes, sourceLocation: #_sourceLocation)
            #expect(answer["Location"]?.hasPrefix("/files/") == true, "\(answer)")
        }
    }

    @Test func `all URLs have the configured origin, and the path in front of it`() async throws {
        var settings = ServerSettings()
        settings.site.publicOrigin = "https://up.example.org/x"
        try await LiveServer.run(settings) { server in
            let client = TusClient(server)
            // Pages of that origin are the server's own.
            for origin in ["", "https://up.example.org"] {
                let answer = try await client.request("POST", "/files", ["Upload-Length": "5", "Origin": origin])
                let url = try #require(answer["Location"])
                #expect(url.hasPrefix("https://up.example.org/x/files/"))
            }
            let other = try await client.request(
                "POST", "/files", ["Upload-Length": "5", "Origin": "https://x.example"])
            #expect(other.status == 403)
        }
    }

    @Test func `a port that a trusted proxy names is that of URLs and of the own origin`() async throws {
        var settings = ServerSettings()
        settings.site.trustedProxies = [try #require(AddressRange("127.0.0.0/8"))]
        settings.site.hosts = .only(["up.example.org"])
        try await LiveServer.run(settings) { server in
            let answer = try await TusClient(server).request(
                "POST", "/files",
                [
                    "Upload-Length": "5", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "8443",
                    "Host": "up.example.org", "Origin": "https://up.example.org:8443",
                ])
            #expect(answer["Location"]?.hasPrefix("https://up.example.org:8443/files/") == true, "\(answer)")
        }
    }

    // MARK: Pages of other origins

    @Test func `a page of another origin learns which fields it may send and read`() async throws {
        var tus = TusConfiguration()
        tus.crossOrigin = .origins(["https://app.example.org"])
        try await LiveServer.run(ServerSettings(tus: tus, authenticator: NamedCallers())) { server in
            let client = TusClient(server)
            let origin = ["Origin": "https://app.example.org"]
            let preflight = try await client.request(
                "OPTIONS", "/files/x",
                origin.merging(["Access-Control-Request-Method": "PATCH", "Tus-Resumable": ""]) { $1 })
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Origin"] == "https://app.example.org")
            for method in ["POST", "HEAD", "PATCH", "DELETE"] {
                #expect(preflight["Access-Control-Allow-Methods"]?.contains(method) == true)
            }
            for name in ["Authorization", "Tus-Resumable", "Upload-Offset", "Upload-Metadata", "Upload-Concat"] {
                #expect(preflight["Access-Control-Allow-Headers"]?.contains(name) == true)
            }
            let refused = try await client.request("POST", "/files", origin)
            #expect(refused.status == 401)
            #expect(refused["Access-Control-Allow-Origin"] == "https://app.example.org", "the page may read refusals")
            for name in ["Location", "Upload-Offset", "Upload-Length", "Tus-Resumable", "Retry-After"] {
                #expect(refused["Access-Control-Expose-Headers"]?.contains(name) == true)
            }
            let other = try await client.request("OPTIONS", "/files", ["Origin": "https://evil.example"])
            #expect(other["Access-Control-Allow-Origin"] == nil)
        }
    }

    @Test func `pages of listed origins may send cookies and more fields, by configuration`() async throws {
        var tus = TusConfiguration()
        tus.crossOrigin = .origins(["https://app.example.org"])
        tus.crossOriginCredentials = true
        tus.crossOriginRequestFields = ["X-CSRF-Token"]
        try await LiveServer.run(ServerSettings(tus: tus, authenticator: NamedCallers())) { server in
            let client = TusClient(server)
            func send(
                _ method: String, _ path: String, _ fields: [String: String] = [:], from origin: String
            ) async throws -> TusAnswer {
                try await client.request(
                    method, path, ["Origin": origin, "X-CSRF-Token": "1", "Cookie": "a=b"].merging(fields) { $1 })
            }
            let page = "https://app.example.org"
            let preflight = try await send("OPTIONS", "/files/", ["Access-Control-Request-Method": "POST"], from: page)
            #expect(preflight.status == 204)
            #expect(preflight["Access-Control-Allow-Headers"]?.hasSuffix(", X-CSRF-Token") == true)
            let id = String(repeating: "0", count: 32)
            let anna = ["Authorization": "anna"]
            let answers = [
                preflight, try await send("POST", "/files", anna.merging(["Upload-Length": "5"]) { $1 }, from: page),
                // 401, 400, 404, 412, 405, and paths without a route.
                try await send("POST", "/files", from: page), try await send("POST", "/files", anna, from: page),
                try await send("HEAD", "/files/\(id)", anna, from: page),
                try await send("HEAD", "/files/\(id)", anna.merging(["Tus-Resumable": "2"]) { $1 }, from: page),
                try await send("PUT", "/files", from: page), try await send("POST", "/file", from: page),
                try await send("GET", "/files/a/b", from: page),
            ]
            #expect(answers.map(\.status) == [204, 201, 401, 400, 404, 412, 405, 404, 404])
            for answer in answers {
                #expect(answer["Access-Control-Allow-Origin"] == page)
                #expect(answer["Access-Control-Allow-Credentials"] == "true")
                #expect(answer["Vary"]?.contains("Origin") == true)
            }
            for path in ["/files", "/file"] {
                let other = try await send("OPTIONS", path, from: "https://evil.example")
                #expect(other["Access-Control-Allow-Origin"] == nil)
                #expect(other["Access-Control-Allow-Credentials"] == nil)
            }
            let native = try await send("GET", "/v1/capsules", anna, from: page)
            #expect(native["Access-Control-Allow-Origin"] == nil, "tus alone is open to other origins")
        }
    }
}
